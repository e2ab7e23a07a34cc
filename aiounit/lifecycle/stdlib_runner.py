"""What the private hooks of stdlib find as ``self._asyncioRunner``: real suites call its methods."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit.loops.driver import Driver

__all__ = ["Runner"]

T = TypeVar("T")


class Runner:
    """The methods of ``asyncio.Runner`` for the loop of a test, for as long as the test runs.

    Args:
        driver: Drives the test.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver: Driver | None = driver

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of the test.

        Raises:
            RuntimeError: The test is over.
        """
        return self._get_driver().owner.loop

    def run(self, coro: Coroutine[Any, Any, T], *, context: contextvars.Context | None = None) -> T:
        """Run a coroutine on the loop of the test and return what it returns, as `Driver.run` does.

        Raises:
            RuntimeError: The test is over, or a loop is running in this thread.
        """
        return self._get_driver().run(coro, context=context)

    def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a function in the context of the test, whether that is entered already or not."""
        if self.is_in_context():
            return function(*args, **kwargs)
        return self._get_driver().call_in_context(function, *args, **kwargs)

    def is_in_context(self) -> bool:
        """Tell whether the context of the test can't be entered from here: its own code is running."""
        return _stdlib.loops.is_loop_running() or self._get_driver().is_in_context()

    def close(self) -> None:
        """Close the loop, which is an error of the test that does; does nothing when the test is over."""
        if self._driver is not None:
            self._driver.owner.loop.close()

    def detach(self) -> None:
        """Let go of the driver: the test is over."""
        self._driver = None

    def _get_driver(self) -> Driver:
        if self._driver is None:
            raise RuntimeError("Runner is closed")  # the words of asyncio.Runner
        return self._driver
