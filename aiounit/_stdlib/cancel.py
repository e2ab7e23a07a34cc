"""Cancel a task, also one that awaits itself by way of others, with the private names that this needs.

`asyncio.Task.cancel` cancels the future that a task awaits, which may be another task. Where tasks await each other,
that recurses until it raises `RecursionError` or crashes (cpython #80637). By the rule of `_stdlib`, each private name
has a test, in tests/_stdlib/test_cancel.py, and stands nowhere else.
"""

from collections.abc import Iterator
from typing import Any, Final

from aiounit._real import asyncio, contextlib

__all__ = ["cancel"]

# How many tasks may await one another in a row. Each costs several frames of C, and the stack of a thread may be small.
_DEEPEST: Final = 100


def cancel(task: Any, *message: Any) -> bool:
    """Cancel a task or a future as its method does, and return whether it was still pending.

    If the cancellation would come back to a task that it has passed, only this task is cancelled: it no longer waits
    for the task that it awaits, and gets a `CancelledError` there.

    Args:
        task: The task.
        message: As for `asyncio.Task.cancel`, at most one.
    """
    if task.done() or not _is_endless(task):
        is_pending: bool = task.cancel(*message)
        return is_pending
    waiter: Any = task._fut_waiter
    with contextlib.suppress(AttributeError):  # of a future of another kind, to which nothing can be added
        waiter.cancel = _pretend
        try:
            task.cancel(*message)  # counts it, and no more
        finally:
            del waiter.cancel
    entries: list[Any] = list(getattr(waiter, "_callbacks", None) or ())
    for callback, context in entries:
        owner: Any = getattr(callback, "__self__", None)
        if owner is task and waiter.remove_done_callback(callback):
            loop = owner.get_loop()
            cancelled: asyncio.Future[Any] = asyncio.Future(loop=loop)
            cancelled.cancel(*message)
            loop.call_soon(callback, cancelled, context=context)
            if hasattr(waiter, "_children"):
                waiter.add_done_callback(_retrieve)  # the errors of its members are theirs
    return True


def _retrieve(future: Any) -> None:
    """Look at the error of a gather, which never is cancelled itself, so that asyncio does not complain of it."""
    future.exception()


def _pretend(*_message: Any, **_keywords: Any) -> bool:
    return True


def _is_endless(task: Any) -> bool:
    """Tell whether to cancel a task would come back to it or to another, or would go too deep."""
    path: list[tuple[Any, Iterator[Any]]] = [(task, _cancelled_with(task))]
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


def _cancelled_with(thing: Any) -> Iterator[Any]:
    """Yield the pending futures that a task or a future cancels in turn: those that it awaits, or has gathered."""
    waiter = getattr(thing, "_fut_waiter", None)
    for each in [*([] if waiter is None else [waiter]), *(getattr(thing, "_children", None) or ())]:
        if asyncio.isfuture(each) and not each.done():
            yield each
