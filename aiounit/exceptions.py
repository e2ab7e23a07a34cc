"""Every error that aiounit raises on its own account.

A leaf module: it imports nothing of ours, so that every layer can raise what the user sees.

    AiounitError
    ├── DeclarationError (TypeError)    a test class says something that cannot work
    │   └── ScopeError                  a resource depends on one that does not live as long, or names no known scope
    ├── SettingsError (ValueError)      the environment or a pyproject.toml says something that cannot work
    ├── LoopError (RuntimeError)        a test closed, stopped or replaced its event loop
    ├── NotAwaitedError (TypeError)     a test handed back an awaitable that nobody awaited
    ├── CloseError (RuntimeError)       something a test left behind could not be closed in time
    ├── ResourceError (RuntimeError)    a resource is not there, or did not do what a resource does
    ├── TimeoutFailure (TimeoutError, AssertionError)    a time limit expired
    ├── CheckError                      one thing that a check has found
    ├── LeakError (ExceptionGroup)      several different things that checks have found: a `CheckError` for each
    ├── LeakWarning (UserWarning)       the same, found by a check that is set to warn
    ├── AllowanceWarning (UserWarning)  an `@allow` that has allowed nothing
    └── RunnerWarning (UserWarning)     a class replaces stdlib's runner, so that nothing of aiounit holds in it
"""

from collections.abc import Sequence
from typing import Any

__all__ = [
    "AiounitError",
    "AllowanceWarning",
    "CheckError",
    "CloseError",
    "DeclarationError",
    "LeakError",
    "LeakWarning",
    "LoopError",
    "NotAwaitedError",
    "ResourceError",
    "RunnerWarning",
    "ScopeError",
    "SettingsError",
    "TimeoutFailure",
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


class CloseError(AiounitError, RuntimeError):
    """Tasks, asynchronous generators or executor jobs of a test did not end while its loop was closed."""


class ResourceError(AiounitError, RuntimeError):
    """A resource is used where it is not there, has died, or did not do what a resource does."""


# TimeoutError comes first: it has fields of its own, so only its `__new__` can make one. tblib calls that by name.
class TimeoutFailure(AiounitError, TimeoutError, AssertionError):  # noqa: N818 (unittest's word: no error)
    """A time limit expired. The message shows where the code was suspended before anything was cancelled."""


class CheckError(AiounitError):
    """One thing that a check has found; a member of a `LeakError` if there is another.

    Args:
        check: The name of the check.
        text: What it has found, where that came from, and what to do.

    Attributes:
        check: The name of the check.
        text: What it has found.
    """

    def __init__(self, check: str, text: str) -> None:
        super().__init__(check, text)
        self.check = check
        self.text = text

    def __str__(self) -> str:
        return f"{self.check}: {self.text}"


class LeakError(AiounitError, ExceptionGroup[CheckError]):
    """Several things that a test, or the fixtures of a class, module or run, left behind: a `CheckError` for each."""

    def derive(self, excs: Sequence[Any], /) -> Any:
        """Return a group of the same kind, for ``split`` and ``except*``."""
        return LeakError(self.message, excs)


class LeakWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """What a test left behind, found by a check that is set to ``warn``."""


class AllowanceWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """An ``@allow`` has allowed nothing: what it was for is gone, so it can go as well."""


class RunnerWarning(AiounitError, UserWarning):  # noqa: N818 (it is a warning)
    """A test class replaces the standard library's runner, so its tests have nothing of aiounit."""
