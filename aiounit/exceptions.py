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
    └── TimeoutFailure (AssertionError, TimeoutError)    something was not over when its time was
"""

__all__ = [
    "AiounitError",
    "CloseError",
    "DeclarationError",
    "LoopError",
    "NotAwaitedError",
    "ResourceError",
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


class TimeoutFailure(AiounitError, AssertionError, TimeoutError):  # noqa: N818 (unittest's word: no error)
    """Something was not over when its time was. The message says where it stood, before anything was cancelled."""
