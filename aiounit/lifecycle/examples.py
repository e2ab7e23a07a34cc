"""Run the examples of Hypothesis on the loop of their test.

Hypothesis calls the function that ``@given`` decorates once for each example and measures how long the call takes.
The call of an ``async def`` function only makes a coroutine. So while the test runs, a synchronous function stands in
for it, which runs the coroutine: ``settings(deadline=...)`` then measures the example.
"""

from collections.abc import Callable
from typing import Any

from aiounit import _stdlib
from aiounit._real import functools, inspect
from aiounit.limits import user_code

__all__ = ["are_asynchronous", "run"]


def are_asynchronous(method: Callable[[], Any]) -> bool:
    """Return whether Hypothesis decorates an ``async def`` test: its wrapper is synchronous.

    Args:
        method: The test method.
    """
    handle = getattr(method, "hypothesis", None)
    return handle is not None and inspect.iscoroutinefunction(handle.inner_test)


def run(case: Any, method: Any) -> Any:
    """Call a test method for which `are_asynchronous` holds, outside the loop.

    Args:
        case: The test.
        method: The test method.

    Returns:
        What the method returns.
    """
    handle = method.hypothesis
    function = handle.inner_test
    code = inspect.unwrap(function).__code__

    def run_example(*args: Any, **kwargs: Any) -> Any:
        return _stdlib.isolated.runner_of(case).run(
            function(*args, **kwargs)
        )  # pragma: no cover (counts for the user's file)

    # Hypothesis shows its own frames at this source line.
    run_example.__code__ = run_example.__code__.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno
    )
    handle.inner_test = functools.wraps(function)(user_code.entry(run_example))
    try:
        return method()
    finally:
        handle.inner_test = function
