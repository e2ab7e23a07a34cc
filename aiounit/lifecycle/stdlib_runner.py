"""Stand in for the runner at ``self._asyncioRunner``, whose methods private hooks of the standard library call.

Test suites that override those hooks call them too.
"""

from collections.abc import Callable, Coroutine
from typing import ParamSpec, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit.loops.driver import Driver

__all__ = ["Runner"]

P = ParamSpec("P")
T = TypeVar("T")


class Runner:
    """The methods of ``asyncio.Runner`` for the loop of a test, for as long as the test runs.

    Args:
        driver: Drives the test.
    """

    __slots__ = ("driver",)

    def __init__(self, driver: Driver) -> None:
        self.driver: Driver | None = driver
        """Drives the test; None when the test has ended."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of the test.

        Raises:
            RuntimeError: The test has ended.
        """
        return self._get_driver().owner.loop

    def run(self, coro: Coroutine[object, object, T], *, context: contextvars.Context | None = None) -> T:
        """Run a coroutine on the loop of the test and return its result, as `Driver.run` does.

        Raises:
            RuntimeError: The test has ended, or a loop is running in this thread.
        """
        return self._get_driver().run(coro, context=context)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the context of the test, whether or not that is already entered."""
        if self.is_in_context():
            return function(*args, **kwargs)
        return self._get_driver().call_in_context(function, *args, **kwargs)

    def is_in_context(self) -> bool:
        """Return whether code of the test is running, so that the context of the test can't be entered again."""
        return _stdlib.loops.is_loop_running() or self._get_driver().is_in_context()

    def close(self) -> None:
        """Close the loop, which is an error of the test; do nothing when the test has ended."""
        if self.driver is not None:
            self.driver.owner.loop.close()

    def _get_driver(self) -> Driver:
        if self.driver is None:
            raise RuntimeError("Runner is closed")  # the same message as that of asyncio.Runner
        return self.driver
