"""Bound a test, a hook, the tests of a class, a coroutine function or a block with `async_timeout`."""

from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, cast

from aiounit._real import asyncio, functools, inspect, threading
from aiounit._stdlib.timeouts import ObservedTimeout
from aiounit.arguments import check_limit
from aiounit.exceptions import DeclarationError, TimeoutFailure
from aiounit.introspect.names import qualified
from aiounit.limits import budgets, deadline, snapshots, user_code, watchdog
from aiounit.limits.budgets import Mark, Phase
from aiounit.limits.deadline import Deadline

__all__ = ["async_timeout"]

P = ParamSpec("P")
T = TypeVar("T")

_PHASES: Final = (Phase.TEST, Phase.SET_UP, Phase.TEAR_DOWN)
_NO_GENERATORS: Final = (
    "is a generator, which runs only while its caller iterates over it. The start and the close of a resource have the "
    "setup_timeout and the teardown_timeout of the test class; around part of it, use async with async_timeout(...)"
)
_BELOW: Final = ". Put it below the decorator that returns None, such as @parameterized.expand"


class async_timeout:  # noqa: N801 (it is used as asyncio.timeout is)
    """Bounds the time that code may take.

    On a test method, a hook or a test class it sets timeouts in real time, which always hold: they interrupt a blocked
    loop and code that refuses to end as well. On any other coroutine function, and as an asynchronous context manager,
    it does the same as ``asyncio.timeout``, by the clock of the loop. In each case the failure shows where every task
    was suspended.

    Args:
        timeout: The timeout of the function, the block, or each test of the class, in seconds; None for no timeout.
        setup: The timeout of each step of the set-up, for test methods and classes; None changes nothing.
        teardown: The timeout of each step of the tear-down, for test methods and classes; None changes nothing.

    Raises:
        TypeError: An argument is not a number.
        ValueError: An argument is not above zero, or infinite.

    Example:
        A test and a block in it, each with a timeout::

            @async_timeout(5, teardown=1)
            async def test_fetch(self):
                async with async_timeout(0.5):
                    await self.client.connect()
    """

    def __init__(self, timeout: float | None, *, setup: float | None = None, teardown: float | None = None) -> None:
        if callable(timeout):
            raise TypeError(f"async_timeout() takes seconds, as in @async_timeout(5), and was given {timeout!r}")
        for name, value in {"timeout": timeout, "setup": setup, "teardown": teardown}.items():
            check_limit(f"{name} of async_timeout()", value)
        self._mark = Mark(timeout, setup, teardown)
        self._inner: ObservedTimeout | None = None
        self._report: snapshots.Report | None = None

    # As a decorator

    def __call__(self, decorated: T, /) -> T:
        """Decorate a class or a function.

        Args:
            decorated: A test class, a test method, a hook, or a coroutine function.

        Returns:
            The same class, or a function that does the same.

        Raises:
            DeclarationError: It can't be bounded like this; the message gives the reason and the remedy.
        """
        target: object = decorated
        result: object = decorated
        if isinstance(target, type):
            self._mark_class(target)
        elif isinstance(target, classmethod | staticmethod):
            result = type(target)(self._decorate(target.__func__))
        else:
            result = self._decorate(target)
        return cast("T", result)

    def _decorate(self, target: object) -> Callable[..., object]:
        name = getattr(target, "__qualname__", repr(target))
        if inspect.isasyncgenfunction(target) or inspect.isgeneratorfunction(target):
            raise DeclarationError(f"{name} {_NO_GENERATORS}")
        if not inspect.isfunction(target):
            hint = _BELOW if target is None else ""
            raise DeclarationError(
                f"async_timeout() can't bound {target!r}: it is neither a function nor a test class{hint}"
            )
        if (self._mark.setup or self._mark.teardown) and not target.__name__.startswith("test"):
            raise DeclarationError(
                f"{name} is not a test method, so setup and teardown do not apply to it. Leave them out: "
                f"async_timeout({self._mark.seconds!r})"
            )
        is_async = inspect.iscoroutinefunction(target)
        result = _wrap_async(target, self._mark) if is_async else _wrap_sync(target, self._mark)
        vars(result)["_aiounit_mark"] = self._mark
        return result

    def _mark_class(self, kind: type) -> None:
        name = qualified(kind)
        if not hasattr(kind, "_aiounit_plan"):
            raise DeclarationError(f"async_timeout() can't bound {name}: it is not an AsyncTestCase")
        for phase, seconds in zip(_PHASES, self._mark, strict=True):
            if seconds is not None or phase is Phase.TEST:
                setattr(kind, phase.attribute, seconds)

    # As a context manager

    async def __aenter__(self) -> Self:
        """Begin to count, by the clock of the loop.

        Raises:
            RuntimeError: It was entered before, or no task is running.
            TypeError: It has a setup or a teardown.
        """
        if self._inner is not None:
            raise RuntimeError("async_timeout() has been entered already; make a new one for each block")
        if self._mark.setup is not None or self._mark.teardown is not None:
            raise TypeError("a block has neither set-up nor tear-down: give async_timeout() its seconds only")
        self._inner = ObservedTimeout(None, self._look)
        await self._inner.__aenter__()
        self._task = asyncio.current_task()
        seconds = self._mark.seconds
        self.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop counting.

        Raises:
            TimeoutFailure: The block timed out.
        """
        assert self._inner is not None
        try:
            await self._inner.__aexit__(kind, error, traceback)
        except TimeoutError:
            assert self._report is not None
            where, details, _line = self._report
            failure = TimeoutFailure(f"the block of async_timeout({self._mark.seconds}) timed out {where}\n\n{details}")
            raise failure from None

    def when(self) -> float | None:
        """Return the deadline by the clock of the loop, in seconds, or None if there is none."""
        when: float | None = None if self._inner is None else self._inner.when()
        return when

    def expired(self) -> bool:
        """Return whether the deadline has passed and the block has been cancelled."""
        return self._inner is not None and self._inner.expired()

    def reschedule(self, when: float | None) -> None:
        """Change the deadline.

        Args:
            when: The new deadline by the clock of the loop, in seconds; None for no deadline.

        Raises:
            RuntimeError: The block has not been entered, or has ended.
        """
        if self._inner is None:
            raise RuntimeError("async_timeout() has not been entered")
        self._inner.reschedule(when)

    def _look(self) -> None:
        """Take the snapshot. `ObservedTimeout` calls this just before it cancels the task, in the same callback."""
        self._report = snapshots.of_loop(asyncio.get_running_loop(), self._task, None, threading.get_ident())


def _wrap_async(function: Callable[P, Coroutine[Any, Any, T]], mark: Mark) -> Callable[P, Coroutine[Any, Any, T]]:
    @user_code.entry
    @functools.wraps(function)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        if watchdog.current().is_bound_by(mark):
            return await function(*args, **kwargs)
        async with async_timeout(mark.seconds):
            return await function(*args, **kwargs)

    return wrapper


def _wrap_sync(function: Callable[P, T], mark: Mark) -> Callable[P, T]:
    name = function.__qualname__

    @user_code.entry
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        dog = watchdog.current()
        if mark.seconds is None or dog.is_bound_by(mark):
            return function(*args, **kwargs)
        if not dog.is_held:
            raise DeclarationError(
                f"async_timeout() can't bound {name} here: synchronous code has to be interrupted from outside, which "
                f"works only for code that an AsyncTestCase runs"
            )
        with deadline.bounded(Deadline(None), budgets.of_mark(mark), name):
            return user_code.call(function, args, kwargs)

    return wrapper
