"""Run the examples of Hypothesis on the loop of their test.

Hypothesis calls the function under ``@given`` once for each example, and measures the duration of the call. A call of
an ``async def`` function only creates a coroutine. So while the test runs, a synchronous function replaces it and runs
the coroutine: ``settings(deadline=...)`` then measures the example.
"""

from collections.abc import Callable
from typing import Any
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import functools, inspect
from aiounit._typing import Protocol
from aiounit.limits import user_code

__all__ = ["are_asynchronous", "run"]


class _Handle(Protocol):
    """The public handle of Hypothesis for other test runners."""

    inner_test: Callable[..., Any]


class _Given(Protocol):
    """A test method under ``@given``."""

    hypothesis: _Handle

    def __call__(self) -> object: ...


def are_asynchronous(method: Callable[[], object]) -> bool:
    """Return whether ``@given`` decorates an ``async def`` test. Its wrapper is synchronous in any case.

    Args:
        method: The test method.
    """
    handle = getattr(getattr(method, "__func__", method), "hypothesis", None)
    return handle is not None and inspect.iscoroutinefunction(handle.inner_test)


def run(case: TestCase, method: _Given) -> object:
    """Call a test method for which `are_asynchronous` holds, outside the loop.

    Args:
        case: The test.
        method: The test method.

    Returns:
        The result of the method.
    """
    handle = method.hypothesis
    function = handle.inner_test
    code = inspect.unwrap(function).__code__

    def run_example(*args: object, **kwargs: object) -> object:
        return _stdlib.isolated.runner_of(case).run(
            function(*args, **kwargs)
        )  # pragma: no cover (counts for the user's file)

    # Hypothesis shows its own frames at this source line, which must be one of the user's file.
    run_example.__code__ = run_example.__code__.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno
    )
    handle.inner_test = functools.wraps(function)(user_code.entry(run_example))
    try:
        return method()
    finally:
        handle.inner_test = function
