"""An asynchronous context manager for a mock to return, or to use directly in place of the real one."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, TypeVar

from aiounit.arguments import Error, check_effect, is_error
from aiounit.introspect.representation import brief
from aiounit.mocks.doubles.behaviours import end_with

__all__ = ["AsyncContext", "async_context"]

T = TypeVar("T")

Suppressed = bool | type[BaseException] | tuple[type[BaseException], ...]


class AsyncContext(Generic[T]):
    """An asynchronous context manager that can be entered any number of times; made by `async_context`.

    Attributes:
        value: The target of ``as``.
        entered: The number of times that it was entered.
        exited: The number of times that it was exited.
        errors: The exception, or None, that each exit received.
    """

    def __init__(self, value: T, enter: object, exit: object, suppress: Suppressed) -> None:  # noqa: A002 (its name)
        self.value = value
        self.entered = 0
        self.exited = 0
        self.errors: list[BaseException | None] = []
        self._enter = enter
        self._exit = exit
        self._suppress = suppress

    async def __aenter__(self) -> T:
        """Enter the context manager."""
        await _perform(self._enter)
        self.entered += 1
        return self.value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Exit the context manager."""
        self.exited += 1
        self.errors.append(error)
        await _perform(self._exit, error)
        if isinstance(self._suppress, bool):
            return self._suppress
        return isinstance(error, self._suppress)


async def _perform(effect: object, *args: object) -> None:
    if is_error(effect):
        await end_with(effect, (), {})
    elif callable(effect):
        result = effect(*args)
        if isinstance(result, Awaitable):
            await result


def async_context(
    value: T,
    *,
    enter: Error | Callable[..., object] | None = None,
    exit: Error | Callable[..., object] | None = None,  # noqa: A002 (the counterpart of enter)
    suppress: Suppressed = False,
) -> AsyncContext[T]:
    """Make an asynchronous context manager.

    Args:
        value: The target of ``as``.
        enter: The effect of entering: an exception to raise, or a function or behaviour. It is called without
            arguments, and its result is awaited if it is awaitable.
        exit: The effect of exiting, in the same way. A function receives the exception that ended the block, or None.
        suppress: The exceptions that the exit suppresses: True for all, or one or more classes of exceptions.

    Returns:
        The context manager, with ``entered``, ``exited`` and ``errors``.

    Raises:
        TypeError: ``enter`` or ``exit`` can't be called or raised, or ``suppress`` is not a class of exceptions.

    Example:
        ``pool.acquire = mock.Mock(return_value=async_context(connection, enter=delays(0.1)))``
    """
    for name, effect in {"enter": enter, "exit": exit}.items():
        if effect is not None:
            check_effect(f"{name} of async_context()", effect)
    if not isinstance(suppress, bool):
        for kind in suppress if isinstance(suppress, tuple) else (suppress,):
            if not isinstance(kind, type) or not is_error(kind):
                raise TypeError(
                    f"suppress of async_context() must be True, False or classes of exceptions, not {brief(kind)}"
                )
    return AsyncContext(value, enter, exit, suppress)
