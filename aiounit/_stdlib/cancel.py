"""Cancel a task, even if it awaits itself through other tasks.

`asyncio.Task.cancel` cancels the future that a task awaits, which may be another task. Where tasks await each other,
that recurses until it raises `RecursionError` or crashes (cpython #80637).
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

from aiounit._real import asyncio, contextlib, contextvars
from aiounit._typing import Protocol

__all__ = ["cancel"]

Future: TypeAlias = "asyncio.Future[Any]"

# How many tasks may await one another in a row. Each costs several frames of C, and the stack of a thread may be small.
_DEEPEST: Final = 100


class PrivateFuture(Protocol):
    """The private attributes of a task and of the future that it awaits."""

    _fut_waiter: "PrivateFuture"
    cancel: Callable[..., bool]

    def remove_done_callback(self, fn: Callable[..., object], /) -> int: ...
    def add_done_callback(self, fn: Callable[..., object], /) -> None: ...


def cancel(task: Future, *message: object) -> bool:
    """Cancel a task or a future as its method does, and return whether it was still pending.

    If the cancellation would reach the same task again, only this task is cancelled: it stops waiting for the task that
    it awaits, and gets a `CancelledError` there.

    Args:
        task: The task.
        message: The message of `asyncio.Task.cancel`, if any.
    """
    if task.done() or not _is_endless(task):
        return task.cancel(*message)
    waiter = cast("PrivateFuture", task)._fut_waiter
    with contextlib.suppress(AttributeError):  # a future of another kind may have no attributes to set
        waiter.cancel = _pretend
        try:
            task.cancel(*message)  # only counts the request
        finally:
            del waiter.cancel
    entries: list[tuple[Callable[..., object], contextvars.Context]] = list(getattr(waiter, "_callbacks", None) or ())
    for callback, context in entries:
        if getattr(callback, "__self__", None) is task and waiter.remove_done_callback(callback):
            loop = task.get_loop()
            cancelled: Future = asyncio.Future(loop=loop)
            cancelled.cancel(*message)
            loop.call_soon(callback, cancelled, context=context)
            if hasattr(waiter, "_children"):
                waiter.add_done_callback(_retrieve)  # its members still report their own errors
    return True


def _retrieve(future: Future) -> None:
    """Retrieve the error of a gather, which is never cancelled itself, so that asyncio does not log it."""
    future.exception()


def _pretend(*_message: object, **_keywords: object) -> bool:
    return True


def _is_endless(task: Future) -> bool:
    """Return whether cancelling a task would reach a task twice, or would go too deep."""
    path: list[tuple[Future, Iterator[Future]]] = [(task, _cancelled_with(task))]
    entered, left = {id(task)}, set[int]()
    while path:
        last, others = path[-1]
        following = next(others, None)
        if following is None:
            path.pop()
            left.add(id(last))
        elif id(following) not in left:
            if id(following) in entered or len(path) == _DEEPEST:
                return True
            entered.add(id(following))
            path.append((following, _cancelled_with(following)))
    return False


def _cancelled_with(thing: Future) -> Iterator[Future]:
    """Yield the pending futures that are cancelled with a task or a future: those that it awaits, or has gathered."""
    waiter = getattr(thing, "_fut_waiter", None)
    for each in [*([] if waiter is None else [waiter]), *(getattr(thing, "_children", None) or ())]:
        if asyncio.isfuture(each) and not each.done():
            yield each
