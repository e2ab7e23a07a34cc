"""Closing an event loop with all that was left on it, in bounded time.

``asyncio.Runner.close`` waits without a bound for tasks that refuse to end and for threads of the executor, and only
logs what goes wrong. Here no step waits longer than its share, and all that went wrong is returned. It uses no task to
wait for others, because the waiting itself must not need a loop that still works.
"""

import asyncio
from typing import Any, Final

from aiounit import _stdlib
from aiounit.exceptions import CloseError

__all__ = ["TIMEOUT", "close", "end", "is_abandoned"]

# How long, in seconds, each kind of leftover may take to end.
TIMEOUT: Final = 60.0

# How often the loop may turn at the end for what is still to be called. stdlib's Runner turns it about as often, with
# the coroutines that it runs to close generators and the executor.
_LAST_TURNS: Final = 6

# What did not end in time. It is kept alive on purpose: closing a coroutine that refuses to end can block for ever.
_abandoned: Final[list[asyncio.Task[Any]]] = []


def close(loop: asyncio.AbstractEventLoop, timeout: float) -> list[BaseException]:
    """Cancel the tasks of a loop, close its asynchronous generators and its default executor, then the loop.

    Args:
        loop: An open loop that is not running.
        timeout: How long each of the three may take, in seconds.

    Returns:
        The errors that tasks and generators raised while they were closed, each with a note that says which one it
        was, and a `CloseError` for what did not end in time.
    """
    errors: list[BaseException] = []
    _turn(loop, 1, errors)
    _cancel(loop, asyncio.all_tasks(loop), timeout, errors)
    if _stdlib.has_asyncgens(loop):
        _close_asyncgens(loop, timeout, errors)
    if _stdlib.has_executor(loop):
        shutdown = asyncio.Task(loop.shutdown_default_executor(), loop=loop)
        if _settle(loop, {shutdown}, timeout, errors):
            _give_up(shutdown, "jobs of the default executor are", timeout, errors)
    _turn(loop, _LAST_TURNS, errors)
    loop.close()
    return errors


def end(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]], timeout: float) -> list[BaseException]:
    """Cancel some tasks of a loop that stays open.

    Args:
        loop: An open loop that is not running.
        tasks: The tasks.
        timeout: How long they may take to end, in seconds.

    Returns:
        What `close` returns of its tasks.
    """
    errors: list[BaseException] = []
    _turn(loop, 1, errors)
    _cancel(loop, tasks, timeout, errors)
    _turn(loop, _LAST_TURNS, errors)
    return errors


def is_abandoned(task: asyncio.Task[Any]) -> bool:
    """Tell whether a task was given up: its own test has reported it."""
    return task in _abandoned


def _turn(loop: asyncio.AbstractEventLoop, times: int, errors: list[BaseException]) -> None:
    """Let the loop turn while it has something to do at once, at most some times.

    What a test scheduled last must still happen: transports close, and anyio ends its threads, in callbacks.
    """
    for _ in range(times):
        if not _stdlib.has_ready(loop):
            return
        loop.call_soon(loop.stop)
        _run(loop, set(), errors)


def _cancel(
    loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]], timeout: float, errors: list[BaseException]
) -> None:
    tasks = {task for task in tasks.difference(_abandoned) if not task.done()}
    if not tasks:
        return
    for task in tasks:
        task.cancel()
    stuck = _settle(loop, tasks, timeout, errors)
    for task in tasks:
        if task in stuck:
            _give_up(task, f"task {task.get_name()!r} is", timeout, errors)
        elif not task.cancelled() and (error := task.exception()) is not None:
            error.add_note(f"raised by task {task.get_name()!r} when it was cancelled at the end of the test")
            errors.append(error)


def _close_asyncgens(loop: asyncio.AbstractEventLoop, timeout: float, errors: list[BaseException]) -> None:
    handler = loop.get_exception_handler()

    def collect(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "asyncgen" in context:
            error: BaseException = context["exception"]
            error.add_note(f"raised by {context['asyncgen']!r} when it was closed at the end of the test")
            errors.append(error)
        elif handler is not None:
            handler(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(collect)
    shutdown = asyncio.Task(loop.shutdown_asyncgens(), loop=loop)
    if _settle(loop, {shutdown}, timeout, errors):
        _give_up(shutdown, "asynchronous generators are", timeout, errors)
    loop.set_exception_handler(handler)


def _settle(
    loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]], timeout: float, errors: list[BaseException]
) -> set[asyncio.Task[Any]]:
    """Run the loop until the tasks have ended or the time is over; return those that have not ended."""
    waiting = {task for task in tasks if not task.done()}

    def ended(task: asyncio.Task[Any]) -> None:
        waiting.discard(task)
        if not waiting:
            loop.stop()

    for task in tasks:
        task.add_done_callback(ended)
    timer = loop.call_later(timeout, loop.stop)
    deadline = loop.time() + timeout
    while waiting and loop.time() < deadline:  # again where the test's own code stopped the loop or raised
        _run(loop, tasks, errors)
    timer.cancel()
    for task in waiting:
        task.remove_done_callback(ended)
    return waiting


def _run(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]], errors: list[BaseException]) -> None:
    """Run the loop until something stops it; keep what is raised, but for the errors of ``tasks`` themselves."""
    try:
        loop.run_forever()
    except BaseException as error:
        is_a_task_s = any(task.done() and not task.cancelled() and task.exception() is error for task in tasks)
        if isinstance(error, KeyboardInterrupt):
            raise
        if not is_a_task_s:
            errors.append(error)


def _give_up(task: asyncio.Task[Any], what: str, timeout: float, errors: list[BaseException]) -> None:
    _stdlib.silence(task)
    _abandoned.append(task)
    errors.append(
        CloseError(f"{what} still running {timeout:g} s after the end of the test, and given up: {task.get_coro()!r}")
    )
