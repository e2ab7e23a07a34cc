"""Every error that aiounit raises on its own account.

A leaf module: it imports nothing of ours, so that every layer can raise what the user sees.

    AiounitError
    ├── DeclarationError (TypeError)    a test class says something that cannot work
    │   └── ScopeError                  a resource depends on one that does not live as long, or names no known scope
    ├── SettingsError (ValueError)      the environment or a pyproject.toml says something that cannot work
    ├── LoopError (RuntimeError)        a test closed, stopped or replaced its event loop
    ├── NotAwaitedError (TypeError)     a test handed back an awaitable that nobody awaited
    ├── LoopCloseError (RuntimeError)   a task, generator or job still ran when the loop of its test had to be closed
    ├── ResourceError (RuntimeError)    a resource is not there, or did not do what a resource does
    ├── TimeoutFailure (TimeoutError, AssertionError)    a time limit expired
    ├── CheckUsageError (RuntimeError)  a check is asked for something that it cannot do, or returned no finding
    ├── FindingError                    one finding of a check
    ├── FindingsError (ExceptionGroup)  several different findings: a `FindingError` for each
    ├── FindingWarning (UserWarning)    a finding of a check that is set to warn
    ├── UnusedAllowanceWarning (UserWarning)    an `@allow` that matched no finding
    └── RunnerWarning (UserWarning)     a class replaces stdlib's runner, so that nothing of aiounit holds in it
"""

from collections.abc import Sequence
from typing import Any

__all__ = [
    "AiounitError",
    "CheckUsageError",
    "DeclarationError",
    "FindingError",
    "FindingWarning",
    "FindingsError",
    "LoopCloseError",
    "LoopError",
    "NotAwaitedError",
    "ResourceError",
    "RunnerWarning",
    "ScopeError",
    "SettingsError",
    "TimeoutFailure",
    "UnusedAllowanceWarning",
]


class AiounitError(Exception):
    """The root of aiounit's errors: catch it to catch them all."""


class DeclarationError(AiounitError, TypeError):
    """A test class declares something that cannot work; raised when the class is defined."""


class ScopeError(DeclarationError):
    """A resource names no known scope, or depends on a resource that does not live as long as it does."""


class SettingsError(AiounitError, ValueError):
    """The environment or a ``[tool.aiounit]`` table holds an unknown key or a value that cannot be used."""


class LoopError(AiounitError, RuntimeError):
    """A test closed, stopped or replaced the event loop that runs it, or its loop could not be made."""


class NotAwaitedError(AiounitError, TypeError):
    """A test method that is not ``async def`` returned an awaitable, so its body never ran."""


class LoopCloseError(AiounitError, RuntimeError):
    """Tasks, asynchronous generators or executor jobs of a test did not end while its loop was closed."""


class ResourceError(AiounitError, RuntimeError):
    """A resource is used where it is not there, has died, or did not do what a resource does."""


# TimeoutError comes first: it has fields of its own, so only its `__new__` can make one. tblib calls that by name.
class TimeoutFailure(AiounitError, TimeoutError, AssertionError):  # noqa: N818 (unittest's word: no error)
    """A time limit expired. The message shows where the code was suspended before anything was cancelled."""


class CheckUsageError(AiounitError, RuntimeError):
    """A check is used in a way that cannot work: it is off when a test needs it, or it returned no findings."""


class FindingError(AiounitError):
    """One finding of a check, raised alone, or as a member of a `FindingsError` if there are others.

    Args:
        check: The name of the check.
        text: What the check found, where that was made, and what to do.

    Attributes:
        check: The name of the check.
        text: What the check found.
    """

    def __init__(self, check: str, text: str) -> None:
        super().__init__(check, text)
        self.check = check
        self.text = text

    def __str__(self) -> str:
        return f"{self.check}: {self.text}"


class FindingsError(AiounitError, ExceptionGroup[FindingError]):
    """Several findings about a test, or the fixtures of a class, module or run: a `FindingError` for each."""

    def derive(self, excs: Sequence[Any], /) -> Any:
        """Return a group of the same kind, for ``split`` and ``except*``."""
        return FindingsError(self.message, excs)


class FindingWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """A finding of a check that is set to ``warn``."""


class UnusedAllowanceWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """An ``@allow`` matched no finding. If its cause has gone, remove it."""


class RunnerWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """A test class replaces the standard library's runner, so its tests have nothing of aiounit."""
