"""What a mock does when it is awaited: hang, take its time, fail for a while, end in another way each time.

Each behaviour is the ``side_effect`` of any object of `unittest.mock`, one of the toolkit's or a plain one. It follows
the loop's clock, so that virtual time works. Mocks that share a behaviour share its state.
"""

from collections.abc import Callable, Generator
from typing import Any, Literal
from unittest.mock import DEFAULT

from typing_extensions import TypeIs

from aiounit import _stdlib
from aiounit._real import asyncio, functools, inspect
from aiounit.arguments import Error, check_count, check_error, check_seconds, is_error
from aiounit.introspect.representation import brief

__all__ = [
    "Behaviour",
    "Hang",
    "delays",
    "end_with",
    "fails",
    "hangs",
    "ignores_cancel",
    "is_effect",
    "sequence",
]


class Behaviour:
    """What the awaits of a mock do, given as its ``side_effect``.

    The end of an await is said by a ``then``: an exception is raised; a function or another behaviour is called with
    the arguments of the await, and awaited if need be; anything else, a mock too, is returned. `unittest.mock.DEFAULT`
    stands for the ``return_value`` of the mock.
    """

    def __init__(self, then: object = DEFAULT) -> None:
        self._then = then
        _stdlib.mocks.mark_as_async(self)  # unittest.mock awaits what a coroutine function returns, and nothing else

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Do it: the mock calls this."""
        return await end_with(self._then, args, kwargs)


def is_effect(value: object) -> TypeIs[Callable[..., Any]]:
    """Tell whether a ``then`` is called: a function, a behaviour or another object whose ``__call__`` is ``async def``.

    A class, a mock or another object is not.
    """
    if inspect.isroutine(value) or isinstance(value, Behaviour | functools.partial):
        return True
    call = inspect.getattr_static(type(value), "__call__", None)
    return inspect.iscoroutinefunction(call) and not _stdlib.mocks.is_mock(value)


async def end_with(then: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what a ``then`` says, as `Behaviour` explains it, and return what it gives."""
    if is_error(then):
        # An exception that is raised again would show where it was raised before as well.
        raise then.with_traceback(None) if isinstance(then, BaseException) else then
    if is_effect(then):
        result = then(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result
    return then


class _AwaitableEvent(asyncio.Event):
    """An ``asyncio.Event`` that can be awaited itself."""

    def __await__(self) -> Generator[Any, Any, Literal[True]]:
        """Wait until the event is set."""
        return self.wait().__await__()


class Hang(Behaviour):
    """Awaits that don't end until they are released or cancelled; made by `hangs` and `ignores_cancel`.

    Attributes:
        entered: Is set when the first await begins, and stays so: ``await hang.entered``.
        hanging: How many awaits hang now.
        cancelled: How many were cancelled while they hung.
        ignored: How many cancellations were ignored.
    """

    def __init__(self, ignores: int = 0) -> None:
        super().__init__()
        self.entered = _AwaitableEvent()
        self.hanging = 0
        self.cancelled = 0
        self.ignored = 0
        self._ignores = ignores
        self._released = asyncio.Event()

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Hang: the mock calls this."""
        self.hanging += 1
        self.entered.set()
        try:
            await self._wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.hanging -= 1
        return await super().__call__(*args, **kwargs)

    async def _wait(self) -> None:
        for _ in range(self._ignores):
            try:
                await self._released.wait()
            except asyncio.CancelledError:
                self.ignored += 1
        await self._released.wait()

    def release(self, value: object = DEFAULT) -> None:
        """Let the awaits return: those that hang, and all later ones at once.

        Args:
            value: What they return; by default, the ``return_value`` of the mock. Or a ``then``, as in `Behaviour`.
        """
        self._then = value
        self._released.set()

    def fail(self, error: Error) -> None:
        """Let the awaits raise: those that hang, and all later ones at once.

        Args:
            error: What they raise.

        Raises:
            TypeError: ``error`` can't be raised.
        """
        check_error("the error given to fail()", error)
        self.release(error)


def hangs() -> Hang:
    """Make awaits hang until they are released: a server that does not answer.

    Returns:
        The behaviour, with ``entered``, ``release()``, ``fail()`` and ``cancelled``.

    Example:
        A request that is cancelled::

            hang = hangs()
            client.fetch.side_effect = hang
            task = asyncio.create_task(shop.price("tea"))
            await hang.entered
            task.cancel()
    """
    return Hang()


def ignores_cancel(times: int = 1) -> Hang:
    """Make awaits hang, and ignore the first cancellations of each: code that swallows ``CancelledError``.

    Args:
        times: How many cancellations each await ignores before one ends it.

    Returns:
        The behaviour, as `hangs` makes it; ``ignored`` counts the cancellations that did nothing.

    Raises:
        TypeError: ``times`` is no integer.
        ValueError: ``times`` is less than 1.

    Example:
        ``worker.stop.side_effect = ignores_cancel(times=2)``
    """
    check_count("times of ignores_cancel()", times)
    return Hang(ignores=times)


class _Delay(Behaviour):
    def __init__(self, duration: float, then: object) -> None:
        super().__init__(then)
        self._duration = duration

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(self._duration)
        return await super().__call__(*args, **kwargs)


def delays(duration: float, then: object = DEFAULT) -> Behaviour:
    """Make awaits take their time.

    Args:
        duration: How long each takes, in seconds of its loop's clock.
        then: How it ends, as in `Behaviour`; by default, it returns the ``return_value`` of the mock.

    Returns:
        The behaviour.

    Raises:
        TypeError: ``duration`` is no number.
        ValueError: ``duration`` is negative, infinite or not a number.

    Example:
        ``client.fetch.side_effect = delays(0.2, then=TimeoutError)``
    """
    given: tuple[object, object] = (duration, then)
    if isinstance(given[1], int | float) and not isinstance(given[0], int | float):
        raise TypeError("delays() takes the duration first, and then how it ends: swap them")
    check_seconds("duration of delays()", duration)
    return _Delay(duration, then)


class _Failure(Behaviour):
    def __init__(self, error: Error, times: int, then: object) -> None:
        super().__init__(then)
        self._error = error
        self._left = times

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if not self._left:
            return await super().__call__(*args, **kwargs)
        self._left -= 1
        return await end_with(self._error, args, kwargs)


def fails(error: Error, times: int = 1, then: object = DEFAULT) -> Behaviour:
    """Make the first awaits fail, and the later ones work: a service that recovers.

    Args:
        error: What the first awaits raise.
        times: How many fail.
        then: How the later ones end, as in `Behaviour`; by default, they return the ``return_value`` of the mock.

    Returns:
        The behaviour.

    Raises:
        TypeError: ``error`` can't be raised, or ``times`` is no integer.
        ValueError: ``times`` is less than 1.

    Example:
        ``client.fetch.side_effect = fails(ConnectionError, times=2, then="tea")``
    """
    given: tuple[object, object] = (error, times)
    if is_error(given[1]) and not is_error(given[0]):
        raise TypeError("fails() takes the error first, and then how many times: swap them")
    check_error("the error given to fails()", error)
    check_count("times of fails()", times)
    return _Failure(error, times, then)


class _Sequence(Behaviour):
    def __init__(self, results: tuple[object, ...], *, repeats: bool) -> None:
        super().__init__()
        self._results = results
        self._repeats = repeats
        self._awaits = 0

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._awaits += 1
        length = len(self._results)
        if self._awaits > length and not self._repeats:
            raise AssertionError(
                f"sequence() has {length} result{'s' * (length > 1)}, and this is await number {self._awaits}. "
                f'Give it more results, or last="repeat"'
            )
        return await end_with(self._results[min(self._awaits, length) - 1], args, kwargs)


def sequence(*results: object, last: Literal["raise", "repeat"] = "raise") -> Behaviour:
    """Make each await end in a way of its own, one after the other.

    Args:
        *results: How each ends, as ``then`` in `Behaviour`.
        last: What the awaits after the last do. ``"raise"``: they fail with an ``AssertionError``. ``"repeat"``: they
            end as the last one.

    Returns:
        The behaviour.

    Raises:
        ValueError: There are no results, or ``last`` is something else.

    Example:
        ``client.fetch.side_effect = sequence("tea", ConnectionError, hangs())``
    """
    if not results:
        raise ValueError("sequence() needs at least one result")
    if last not in {"raise", "repeat"}:
        raise ValueError(f'last of sequence() must be "raise" or "repeat", not {brief(last)}')
    return _Sequence(results, repeats=last == "repeat")
