"""Expect a background error in a block: one that reaches the exception handler of the loop, or no handler at all."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, gc, re
from aiounit._typing import Protocol
from aiounit.arguments import check_kinds, check_task
from aiounit.assertions.errors.expected import Pattern
from aiounit.assertions.messages import in_kinds, in_seconds
from aiounit.assertions.obligations import must_enter
from aiounit.assertions.waiting.deadlines import LateError, run_until
from aiounit.introspect.representation import brief

__all__ = ["ClaimedError", "ErrorTaker", "ExpectedLoopError"]

__unittest = True  # results leave out the frames of this module

E = TypeVar("E", bound=BaseException)

Context = dict[str, Any]


class ErrorTaker(Protocol):
    """Takes an expected error that came since the function was made and that reached no exception handler."""

    def __call__(self, expected: "ExpectedLoopError[E]", /) -> E | None: ...


# How often a block polls for errors that reach no exception handler, in seconds of the loop's clock.
_INTERVAL: Final = 0.01


class ExpectedLoopError(Generic[E]):
    """A background error that a test expects.

    Args:
        method: The method that received the arguments, for messages.
        kind: The class of the error, or a tuple of classes.
        match: A regular expression to search for in the message of the error; None accepts any message.

    Raises:
        TypeError: ``kind`` is not a class of exceptions, or ``match`` is not a regular expression.
    """

    def __init__(self, method: str, kind: type[E] | tuple[type[E], ...], match: Pattern | None) -> None:
        check_kinds(f"kind of {method}()", kind)
        if match is not None and not isinstance(match, str | re.Pattern):
            raise TypeError(f"match of {method}() must be a regular expression, not {brief(match)}")
        self._kind = kind
        self._pattern = None if match is None else re.compile(match)

    def __str__(self) -> str:
        kinds = in_kinds(self._kind)
        return kinds if self._pattern is None else f"{kinds} with a message like {self._pattern.pattern!r}"

    def find(self, error: BaseException | None) -> E | None:
        """Return an error if it is the expected one, else None."""
        if isinstance(error, self._kind) and (self._pattern is None or self._pattern.search(str(error))):
            return error
        return None


class ClaimedError(Generic[E]):
    """The context manager of `AsyncAssertions.assertLoopError`.

    Attributes:
        exception: The error, available after the block.
        context: The context that the loop's exception handler received. For an error that did not reach the handler,
            only its message and its exception.
    """

    exception: E
    context: Context

    def __init__(
        self,
        case: TestCase,
        expected: ExpectedLoopError[E],
        watch: Callable[[], ErrorTaker | None],
        timeout: float,
        msg: object,
    ) -> None:
        self._case = case
        self._expected = expected
        # Called at the start of the block. It returns None if errors that reach no handler are not known.
        self._watch = watch
        self._timeout = timeout
        self._msg = msg
        self._others: list[BaseException] = []
        self._claimed = asyncio.Event()
        self._obligation = must_enter(case, "assertLoopError", "async with")

    def __enter__(self) -> Self:
        """Replace the exception handler of the loop."""
        self._obligation.is_met = True
        self._loop = check_task("assertLoopError").get_loop()
        self._take = self._watch()
        self._before = self._loop.get_exception_handler()
        self._own = self._handle  # each access to a method makes a new object, and this one is compared later
        self._loop.set_exception_handler(self._own)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Restore the exception handler, and fail if the error has not come."""
        self._leave(error, "in the block; async with would wait for one")

    async def __aenter__(self) -> Self:
        """Replace the exception handler of the loop."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for the error, then restore the exception handler, and fail if the error has not come."""
        try:
            if error is None:
                await self._wait()
        except asyncio.CancelledError as cancellation:
            error = cancellation
            raise
        finally:
            self._leave(error, f"within {in_seconds(self._timeout)}")

    async def _wait(self) -> None:
        deadline = self._loop.time() + self._timeout
        # A failed thread, or a failed task that is still referenced, sends no notice, so poll for those.
        interval = self._timeout if self._take is None else _INTERVAL
        while not self._is_claimed() and (now := self._loop.time()) < deadline:
            with contextlib.suppress(LateError):
                await run_until(min(now + interval, deadline), self._claimed.wait())

    def _is_claimed(self) -> bool:
        error = None if self._take is None or self._claimed.is_set() else self._take(self._expected)
        if error is not None:
            self._claim(error, {"message": "the error was never retrieved", "exception": error})
        return self._claimed.is_set()

    def _claim(self, error: E, context: Context) -> None:
        self.exception = error
        self.context = context
        self._claimed.set()

    def _leave(self, error: BaseException | None, when: str) -> None:
        if error is None and not self._is_claimed():
            gc.collect()  # asyncio reports the error of an un-awaited task when the task is destroyed
        if self._loop.get_exception_handler() is self._own:
            self._loop.set_exception_handler(self._before)
        if error is None and not self._claimed.is_set():
            others = f". Others did: {', '.join(map(brief, self._others))}" if self._others else ""
            what = f"no {self._expected} reached the exception handler of the loop {when}{others}"
            raise _stdlib.cases.failure(self._case, self._msg, what)

    def _handle(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        error: BaseException | None = context.get("exception")
        expected = self._expected.find(error)
        if expected is not None and not self._claimed.is_set():
            self._claim(expected, context)
            return
        if error is not None:
            self._others.append(error)
        if self._before is not None:
            self._before(loop, context)
            return
        loop.set_exception_handler(None)
        try:
            loop.call_exception_handler(context)  # leads to the checks of the test
        finally:
            loop.set_exception_handler(self._own)
