"""Define every error and warning that aiounit raises itself.

A leaf module: it imports nothing from aiounit, so every layer can raise the errors that users see.

    AiounitError
    ├── DeclarationError (TypeError)    a test class declares something that cannot work
    │   └── ScopeError                  a resource outlives one that it depends on, or names an unknown scope
    ├── SettingsError (ValueError)      the environment or a pyproject.toml holds a setting that cannot be used
    ├── LoopError (RuntimeError)        a test closed, stopped or replaced its event loop
    ├── NotAwaitedError (TypeError)     a test returned an awaitable instead of awaiting it
    ├── LoopCloseError (RuntimeError)   a task, generator or job was still running when the loop of its test was closed
    ├── ResourceError (RuntimeError)    a resource is not available here, has died, or does not follow the protocol
    ├── TimeoutFailure (TimeoutError, AssertionError)    a time limit expired
    ├── CheckUsageError (RuntimeError)  a check is off where a test needs it, or did not return findings
    ├── FindingError                    one finding of a check
    ├── FindingsError (ExceptionGroup)  several different findings: a `FindingError` for each
    ├── FindingWarning (UserWarning)    a finding of a check that is set to warn
    ├── UnusedAllowanceWarning (UserWarning)    an `@allow` that matched no finding
    └── RunnerWarning (UserWarning)     a class replaces stdlib's runner, which turns aiounit off for its tests
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
    """Base class of every aiounit error: catch it to catch them all."""


class DeclarationError(AiounitError, TypeError):
    """A test class declares something that cannot work; raised when the class is defined."""


class ScopeError(DeclarationError):
    """A resource names an unknown scope, or depends on a resource with a shorter lifetime than its own."""


class SettingsError(AiounitError, ValueError):
    """The environment or a ``[tool.aiounit]`` table holds an unknown key or a value that cannot be used."""


class LoopError(AiounitError, RuntimeError):
    """A test closed, stopped or replaced the event loop that runs it, or its loop could not be created."""


class NotAwaitedError(AiounitError, TypeError):
    """A test method that is not ``async def`` returned an awaitable, so its body never ran."""


class LoopCloseError(AiounitError, RuntimeError):
    """Tasks, asynchronous generators or executor jobs of a test were still running after its loop was closed."""


class ResourceError(AiounitError, RuntimeError):
    """A resource is used where it is not available, has died, or does not follow the protocol of a resource."""


# TimeoutError comes first: it has C fields, so only its own `__new__` can create an instance, and tblib calls
# `__new__` by name.
class TimeoutFailure(AiounitError, TimeoutError, AssertionError):  # noqa: N818 (unittest calls it a failure)
    """A time limit expired. The message shows where the code was suspended before anything was cancelled."""


class CheckUsageError(AiounitError, RuntimeError):
    """A check is used in a way that cannot work: it is off when a test needs it, or it did not return findings."""


class FindingError(AiounitError):
    """One finding of a check. It is raised alone, or as a member of a `FindingsError` if there are several.

    Args:
        check: The name of the check.
        text: The finding: the object, the place where it was made, and the remedy.

    Attributes:
        check: The name of the check.
        text: The finding, as above.
    """

    def __init__(self, check: str, text: str) -> None:
        super().__init__(check, text)
        self.check = check
        self.text = text

    def __str__(self) -> str:
        return f"{self.check}: {self.text}"


class FindingsError(AiounitError, ExceptionGroup[FindingError]):
    """Several findings about a test, or about the fixtures of a class, module or run: a `FindingError` for each."""

    def derive(self, excs: Sequence[Any], /) -> Any:
        """Return a group of the same class, for ``split`` and ``except*``."""
        return FindingsError(self.message, excs)


class FindingWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """A finding of a check that is set to ``warn``."""


class UnusedAllowanceWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """An ``@allow`` matched no finding. Remove it if its cause is gone."""


class RunnerWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """A test class replaces the standard library's runner, so aiounit does nothing for its tests."""
