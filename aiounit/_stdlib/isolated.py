"""Use the private names of `unittest.IsolatedAsyncioTestCase`: its runner, and the hooks that real suites override."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar, cast
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit._real import asyncio, contextvars, operator
from aiounit._typing import Protocol

__all__ = [
    "RUNNER_HOOKS",
    "Runner",
    "attach",
    "attach_context",
    "call_hook",
    "context_of_test",
    "detach",
    "has_empty_hooks",
    "overrides",
    "overrides_any",
    "replaces_runner",
    "runner_of",
]

T = TypeVar("T")

RUNNER_HOOKS: Final = ("_setupAsyncioRunner", "_tearDownAsyncioRunner")


class Runner(Protocol):
    """The methods of ``asyncio.Runner`` that private hooks call on ``self._asyncioRunner``."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop of the test."""
        ...

    def run(self, coro: Coroutine[Any, Any, T], *, context: contextvars.Context | None = None) -> T:
        """Run a coroutine to its end and return its result."""
        ...

    def close(self) -> None:
        """Close the event loop."""


class PrivateCase(Protocol):
    """The private attributes of a test case, and of its class.

    Functions that run for each test assign them to a variable of this type: a `cast` would cost them a call.
    """

    _asyncioRunner: Runner
    _asyncioTestContext: contextvars.Context
    _callAsync: object
    _callMaybeAsync: object
    _callSetUp: object
    _callTearDown: object
    _callTestMethod: object
    _setupAsyncioRunner: object
    _tearDownAsyncioRunner: object


_original: Final = cast("PrivateCase", IsolatedAsyncioTestCase)


def attach(case: TestCase, runner: Runner, context: contextvars.Context) -> None:
    """Set the runner and the context of a run for private hooks."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    private._asyncioRunner = runner
    private._asyncioTestContext = context


def runner_of(case: TestCase) -> Runner:
    """Return the runner of the current run."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    return private._asyncioRunner


def context_of_test(case: TestCase) -> contextvars.Context:
    """Return the context that private hooks enter."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    return private._asyncioTestContext


def detach(state: dict[str, object]) -> dict[str, object]:
    """Return the attributes of a test without those that belong to one run and can't be pickled."""
    return state | {"_asyncioRunner": None, "_asyncioTestContext": None, "_outcome": None}


def attach_context(case: TestCase) -> None:
    """Give a test that was copied or unpickled a context again."""
    cast("PrivateCase", case)._asyncioTestContext = contextvars.copy_context()


def call_hook(case: TestCase, name: str) -> Callable[..., Any] | None:
    """Return a private hook if the test must run through it: its class overrides the hook or a method that it calls.

    Args:
        case: The test.
        name: The name of the hook.
    """
    if overrides(type(case), name):
        hook: Callable[..., Any] = getattr(case, name)
        return hook
    return None


def overrides(kind: type, name: str) -> bool:
    """Return whether a class overrides a private hook, or one of the two methods that all hooks call."""
    private: PrivateCase = kind  # type: ignore[assignment] # see PrivateCase
    return (
        getattr(kind, name, None) is not getattr(_original, name, None)
        or private._callAsync is not _original._callAsync
        or private._callMaybeAsync is not _original._callMaybeAsync
    )


def overrides_any(kind: type) -> bool:
    """Return whether a class overrides any of the private hooks around its tests."""
    private: PrivateCase = kind  # type: ignore[assignment] # see PrivateCase
    return (  # it runs for each test, so it has to be quick
        private._callSetUp is not _original._callSetUp
        or private._callTestMethod is not _original._callTestMethod
        or private._callTearDown is not _original._callTearDown
        or private._callAsync is not _original._callAsync
        or private._callMaybeAsync is not _original._callMaybeAsync
    )


# The methods of a class around its tests, private hooks and public ones.
_AROUND: Final = (
    "_callSetUp",
    "_callTestMethod",
    "_callTearDown",
    "_callAsync",
    "_callMaybeAsync",
    "setUp",
    "asyncSetUp",
    "asyncTearDown",
    "tearDown",
)
_around: Final[Callable[[object], tuple[object, ...]]] = operator.attrgetter(*_AROUND)
_EMPTY: Final = _around(IsolatedAsyncioTestCase)


def has_empty_hooks(kind: type) -> bool:
    """Return whether a class has only the empty hooks of the standard library around its tests."""
    return _around(kind) == _EMPTY


def replaces_runner(kind: type) -> bool:
    """Return whether a class sets up or tears down the runner in its own way."""
    private: PrivateCase = kind  # type: ignore[assignment] # see PrivateCase
    return (  # it runs for each test, so it has to be quick
        private._setupAsyncioRunner is not _original._setupAsyncioRunner
        or private._tearDownAsyncioRunner is not _original._tearDownAsyncioRunner
    )
