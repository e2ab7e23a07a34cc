"""Behaviours for the awaits of a mock: hang, take some time, fail a few times, end differently each time.

A behaviour is the ``side_effect`` of any mock of `unittest.mock`, whether the toolkit made it or not. It uses the
loop's clock, so it works with virtual time. Mocks that share a behaviour share its state.
"""

from collections.abc import Callable, Generator
from typing import Literal
from unittest.mock import DEFAULT

from aiounit import _stdlib
from aiounit._real import asyncio, functools, inspect
from aiounit._typing import TypeIs
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
    """The behaviour of a mock's awaits, given as its ``side_effect``.

    The argument ``then`` says how an await ends. An exception is raised. A function or another behaviour is called with
    the arguments of the await, and its result is awaited if it is awaitable. Any other value, also a mock, is returned.
    `unittest.mock.DEFAULT` means the ``return_value`` of the mock.
    """

    def __init__(self, then: object = DEFAULT) -> None:
        self._then = then
        _stdlib.mocks.mark_as_async(self)  # unittest.mock awaits only the results of coroutine functions

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        """Perform the behaviour for one await. The mock calls this."""
        return await end_with(self._then, args, kwargs)


def is_effect(value: object) -> TypeIs[Callable[..., object]]:
    """Return whether a ``then`` is called and not returned.

    This is the case for functions, for behaviours, and for other objects whose ``__call__`` is ``async def``; not for
    classes and mocks.
    """
    if inspect.isroutine(value) or isinstance(value, Behaviour | functools.partial):
        return True
    call = inspect.getattr_static(type(value), "__call__", None)
    return inspect.iscoroutinefunction(call) and not _stdlib.mocks.is_mock(value)


async def end_with(then: object, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    """End an await as its ``then`` says (see `Behaviour`), and return the result."""
    if is_error(then):
        # If an exception is raised again, its old traceback would be shown as well.
        raise then.with_traceback(None) if isinstance(then, BaseException) else then
    if is_effect(then):
        result = then(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result
    return then


class _AwaitableEvent(asyncio.Event):
    """An ``asyncio.Event`` that is itself awaitable."""

    def __await__(self) -> Generator[object, None, Literal[True]]:
        """Wait until the event is set."""
        return self.wait().__await__()


class Hang(Behaviour):
    """A behaviour whose awaits hang until they are released or cancelled; made by `hangs` and `ignores_cancel`.

    Attributes:
        entered: An event that is set when the first await begins, and stays set: ``await hang.entered``.
        hanging: The number of awaits that are hanging now.
        cancelled: The number of awaits that were cancelled while they hung.
        ignored: The number of cancellations that were ignored.
    """

    def __init__(self, ignores: int = 0) -> None:
        super().__init__()
        self.entered = _AwaitableEvent()
        self.hanging = 0
        self.cancelled = 0
        self.ignored = 0
        self._ignores = ignores
        self._released = asyncio.Event()

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        """Hang until the release. The mock calls this."""
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
        """Make all hanging awaits return, and all later ones return at once.

        Args:
            value: The value that they return, or a ``then`` as in `Behaviour`. By default it is the ``return_value`` of
                the mock.
        """
        self._then = value
        self._released.set()

    def fail(self, error: Error) -> None:
        """Make all hanging awaits raise, and all later ones raise at once.

        Args:
            error: The exception that they raise, or its class.

        Raises:
            TypeError: ``error`` can't be raised.
        """
        check_error("the error given to fail()", error)
        self.release(error)


def hangs() -> Hang:
    """Make awaits hang until they are released, like a server that does not answer.

    Returns:
        The behaviour, with ``entered``, ``release()``, ``fail()`` and ``cancelled``.

    Example:
        Cancel a request::

            hang = hangs()
            client.fetch.side_effect = hang
            task = asyncio.create_task(shop.price("tea"))
            await hang.entered
            task.cancel()
    """
    return Hang()


def ignores_cancel(times: int = 1) -> Hang:
    """Make awaits hang and ignore their first cancellations, like code that suppresses ``CancelledError``.

    Args:
        times: The number of cancellations that each await ignores. The next one ends it.

    Returns:
        The behaviour, as made by `hangs`; ``ignored`` counts the ignored cancellations.

    Raises:
        TypeError: ``times`` is not an integer.
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

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        await asyncio.sleep(self._duration)
        return await super().__call__(*args, **kwargs)


def delays(duration: float, then: object = DEFAULT) -> Behaviour:
    """Make each await take some time.

    Args:
        duration: The duration of each await, in seconds of its loop's clock.
        then: How the await ends, as in `Behaviour`. By default it returns the ``return_value`` of the mock.

    Returns:
        The behaviour.

    Raises:
        TypeError: ``duration`` is not a number.
        ValueError: ``duration`` is negative, infinite or NaN.

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

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        if not self._left:
            return await super().__call__(*args, **kwargs)
        self._left -= 1
        return await end_with(self._error, args, kwargs)


def fails(error: Error, times: int = 1, then: object = DEFAULT) -> Behaviour:
    """Make the first awaits fail and later ones succeed, like a service that recovers.

    Args:
        error: The exception that the first awaits raise, or its class.
        times: The number of awaits that fail.
        then: How later awaits end, as in `Behaviour`. By default they return the ``return_value`` of the mock.

    Returns:
        The behaviour.

    Raises:
        TypeError: ``error`` can't be raised, or ``times`` is not an integer.
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

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        self._awaits += 1
        length = len(self._results)
        if self._awaits > length and not self._repeats:
            raise AssertionError(
                f"sequence() has {length} result{'s' * (length > 1)}, and this is await number {self._awaits}. "
                f'Give it more results, or last="repeat"'
            )
        return await end_with(self._results[min(self._awaits, length) - 1], args, kwargs)


def sequence(*results: object, last: Literal["raise", "repeat"] = "raise") -> Behaviour:
    """Make consecutive awaits end in different ways.

    Args:
        *results: How each await ends, in order. Each is a ``then`` as in `Behaviour`.
        last: How awaits end after the last result. ``"raise"``: with an ``AssertionError``. ``"repeat"``: with the last
            result again.

    Returns:
        The behaviour.

    Raises:
        ValueError: There are no results, or ``last`` has another value.

    Example:
        ``client.fetch.side_effect = sequence("tea", ConnectionError, hangs())``
    """
    if not results:
        raise ValueError("sequence() needs at least one result")
    if last not in {"raise", "repeat"}:
        raise ValueError(f'last of sequence() must be "raise" or "repeat", not {brief(last)}')
    return _Sequence(results, repeats=last == "repeat")
