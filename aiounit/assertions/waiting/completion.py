"""Await something that must complete in time, or must not.

The user's assertions can fail inside these functions. So this module does not set ``__unittest``: with the standard
library's classes, results would then leave out the user's frames below ours as well.
"""

from collections.abc import Awaitable
from typing import TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.assertions.messages import end_of, error_of, in_seconds, name_of
from aiounit.assertions.waiting.deadlines import LateError, end, end_as_cancelled, run_until

__all__ = ["complete", "time_out"]

T = TypeVar("T")


async def complete(case: TestCase, awaitable: Awaitable[T], limit: float, msg: object) -> T:
    """Await something in the current task, and fail if it does not complete in time.

    Args:
        case: The test.
        awaitable: The awaitable. It is cancelled at the deadline.
        limit: How long it may take, in seconds of the loop's clock.
        msg: Added to the failure message.

    Returns:
        The result of the awaitable.
    """
    name = name_of(awaitable)
    try:
        return await run_until(asyncio.get_running_loop().time() + limit, awaitable)
    except LateError as late:
        what = f"{name} did not complete within {in_seconds(limit)}: it was {late}"
        raise _stdlib.cases.failure(case, msg, what) from late.error


async def time_out(case: TestCase, awaitable: Awaitable[object], limit: float, msg: object) -> None:
    """Await something in a task of its own, and fail if it completes in time, or does not end as cancelled.

    Args:
        case: The test.
        awaitable: The awaitable. It is cancelled at the deadline.
        limit: How long it must wait, in seconds of the loop's clock.
        msg: Added to the failure message.
    """
    name = name_of(awaitable)
    begun = asyncio.get_running_loop().time()
    task = asyncio.ensure_future(awaitable)
    try:
        await run_until(begun + limit, asyncio.wait([task]))
    except LateError:
        complaint = await end_as_cancelled(task)
    except asyncio.CancelledError:
        await end(task)
        raise
    else:
        elapsed = in_seconds(asyncio.get_running_loop().time() - begun)
        if (error := error_of(task)) is not None:
            if isinstance(error, TimeoutError):
                error.add_note(f"raised by {name} itself, after {elapsed}: use assertRaises to expect that")
            raise error
        what = f"{name} did not wait for {in_seconds(limit)}: after {elapsed}, it {end_of(task)}"
        raise _stdlib.cases.failure(case, msg, what)
    if complaint is not None:
        what = f"{name} was cancelled after {in_seconds(limit)}, and did not end as cancelled: {complaint}"
        raise _stdlib.cases.failure(case, msg, what) from error_of(task)
