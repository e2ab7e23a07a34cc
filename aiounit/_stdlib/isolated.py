"""The private names of `unittest.IsolatedAsyncioTestCase`: its runner, and the hooks that real suites override.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_isolated.py, and stands nowhere else.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit._real import asyncio, contextvars

__all__ = [
    "RUNNER_HOOKS",
    "Runner",
    "attach",
    "attach_context",
    "call_hook",
    "context_of_test",
    "detach",
    "overrides",
    "replaces_runner",
    "runner_of",
]

_original: Any = IsolatedAsyncioTestCase

RUNNER_HOOKS: Final = ("_setupAsyncioRunner", "_tearDownAsyncioRunner")


class Runner(Protocol):
    """What private hooks expect to find as ``self._asyncioRunner``: the methods of ``asyncio.Runner``."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of the test."""
        ...

    def run(self, coro: Any, *, context: contextvars.Context | None = None) -> Any:
        """Run a coroutine to its end and return what it returns."""

    def close(self) -> None:
        """Close the loop."""


def attach(case: Any, runner: Runner, context: contextvars.Context) -> None:
    """Put the runner and the context of a run where private hooks look for them."""
    case._asyncioRunner = runner
    case._asyncioTestContext = context


def runner_of(case: Any) -> Runner:
    """Return the runner of the run that is under way."""
    runner: Runner = case._asyncioRunner
    return runner


def context_of_test(case: Any) -> contextvars.Context:
    """Return the context that private hooks enter."""
    context: contextvars.Context = case._asyncioTestContext
    return context


def detach(state: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a test without those that belong to one run and can't be pickled."""
    return state | {"_asyncioRunner": None, "_asyncioTestContext": None, "_outcome": None}


def attach_context(case: Any) -> None:
    """Give a test that was copied or unpickled a context again."""
    case._asyncioTestContext = contextvars.copy_context()


def call_hook(case: TestCase, name: str) -> Callable[..., Any] | None:
    """Return the private hook ``name`` if the test must be run through it: somebody overrides it or what it calls."""
    kind: Any = type(case)
    if (  # as in `overrides`: each test comes here three times
        getattr(kind, name, None) is getattr(_original, name, None)
        and kind._callAsync is _original._callAsync
        and kind._callMaybeAsync is _original._callMaybeAsync
    ):
        return None
    hook: Callable[..., Any] = getattr(case, name)
    return hook


def overrides(kind: Any, name: str) -> bool:
    """Tell whether the class overrides the private hook ``name``, or one of the two that all of them call."""
    return (
        getattr(kind, name, None) is not getattr(_original, name, None)
        or kind._callAsync is not _original._callAsync
        or kind._callMaybeAsync is not _original._callMaybeAsync
    )


def replaces_runner(kind: Any) -> bool:
    """Tell whether the class sets up or tears down the runner in its own way."""
    return (  # each test is asked, so it has to be quick
        kind._setupAsyncioRunner is not _original._setupAsyncioRunner
        or kind._tearDownAsyncioRunner is not _original._tearDownAsyncioRunner
    )
