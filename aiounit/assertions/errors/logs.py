"""Assertions about signs of trouble that fail no test by themselves: warnings, and errors that only reach the loop."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, gc, re, warnings
from aiounit.arguments import check_kinds, check_seconds, check_task
from aiounit.assertions.errors.expected import Pattern
from aiounit.assertions.messages import in_kinds, in_seconds
from aiounit.assertions.obligations import must_enter
from aiounit.assertions.waiting.deadlines import LateError, run_until
from aiounit.introspect.names import location
from aiounit.introspect.representation import brief

__all__ = ["ClaimedError", "ExpectedLoopError", "LogAssertions"]

__unittest = True  # results leave out the frames of this module

E = TypeVar("E", bound=BaseException)

Context = dict[str, Any]

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

    def __init__(self, case: "LogAssertions", expected: ExpectedLoopError[E], timeout: float, msg: object) -> None:
        self._case = case
        self._expected = expected
        self._timeout = timeout
        self._msg = msg
        self._others: list[BaseException] = []
        self._claimed = asyncio.Event()
        self._obligation = must_enter(case, "assertLoopError", "async with")

    def __enter__(self) -> Self:
        """Replace the exception handler of the loop."""
        self._obligation.is_met = True
        self._loop = check_task("assertLoopError").get_loop()
        self._take = self._case._aiounit_watch_loop_errors()  # noqa: SLF001 (ours)
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


class _Silence:
    """The context manager of `LogAssertions.assertNoWarnings`."""

    def __init__(self, case: TestCase, categories: tuple[type[Warning], ...], msg: object) -> None:
        self._case = case
        self._categories = categories
        self._msg = msg
        self._obligation = must_enter(case, "assertNoWarnings")

    def __enter__(self) -> None:
        self._obligation.is_met = True
        self._catcher = warnings.catch_warnings(record=True)
        self._caught = self._catcher.__enter__()
        for category in self._categories:
            warnings.simplefilter("always", category)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._catcher.__exit__(kind, error, traceback)
        found = []
        for each in self._caught or ():
            if error is None and issubclass(each.category, self._categories):
                found.append(f"  {each.category.__name__}: {_in_words(each)}")
            else:
                warnings.showwarning(each.message, each.category, each.filename, each.lineno, each.file, each.line)
        if found:
            raise _stdlib.cases.failure(self._case, self._msg, "\n".join(["expected no warnings, got:", *found]))


def _in_words(warning: warnings.WarningMessage) -> str:
    """Return the text of a warning, and its source line: for a coroutine that of its creation, if Python reports it."""
    what, _, origin = str(warning.message).partition("\nCoroutine created at (most recent call last)\n")
    places = re.findall(r'^  File "(.*)", line (\d+), in ', origin, re.MULTILINE)
    file, line = places[-1] if places else (warning.filename, warning.lineno)
    return f"{what} {location(file, int(line))}"


class LogAssertions(TestCase):
    """Assertions about warnings, and about errors that only reach the loop."""

    def assertNoWarnings(
        self, category: type[Warning] | tuple[type[Warning], ...] = Warning, *, msg: object = None
    ) -> AbstractContextManager[None]:
        """Assert that a block causes no warning in any task. Warning filters are ignored.

        Args:
            category: The class of the warnings, or a tuple of classes. Other warnings are shown as usual.
            msg: Added to the failure message.

        Returns:
            The context manager for the block.

        Raises:
            TypeError: ``category`` is not a class of warnings.

        Example:
            ``with self.assertNoWarnings(DeprecationWarning):``
        """
        categories = category if isinstance(category, tuple) else (category,)
        if not categories or not all(isinstance(each, type) and issubclass(each, Warning) for each in categories):
            raise TypeError(f"category must be a class of warnings or a tuple of some, not {brief(category)}")
        return _Silence(self, categories, msg)

    def assertLoopError(
        self,
        kind: type[E] | tuple[type[E], ...],
        *,
        match: Pattern | None = None,
        timeout: float = 1,
        msg: object = None,
    ) -> ClaimedError[E]:
        """Assert that a block causes a background error, which reaches the loop's exception handler, and consume it.

        Errors of callbacks and of un-awaited tasks end there. With the check ``errors`` of `AsyncTestCase`, errors of
        threads and destructors count as well, and those of tasks that are still referenced. One error is consumed: any
        other is handled as without the block.

        Args:
            kind: The class of the error, or a tuple of classes.
            match: A regular expression to search for in the message of the error; None accepts any message.
            timeout: How long ``async with`` waits for the error at the end of the block, in seconds of the loop's
                clock. Plain ``with`` does not wait.
            msg: Added to the failure message.

        Returns:
            The context manager for the block. Afterwards, its ``exception`` is the error.

        Raises:
            TypeError: ``kind`` is not a class of exceptions, ``match`` is not a regular expression, or ``timeout`` is
                not a number.
            ValueError: ``timeout`` is negative or not finite.
            RuntimeError: The block does not run in a task.

        Example:
            A message that can't be read must not end the consumer. The last line expects another error, which may come
            at any time until the test has cleaned up::

                async with self.assertLoopError(ValueError):
                    connection.receive(b"?")
                await self.enter(self.assertLoopError(ConnectionError))
        """
        expected = ExpectedLoopError("assertLoopError", kind, match)
        check_seconds("timeout", timeout)
        return ClaimedError(self, expected, timeout, msg)

    def _aiounit_watch_loop_errors(self) -> Callable[[ExpectedLoopError[E]], E | None] | None:
        """Return a function that takes an expected error that came after this call and reached no exception handler."""
        return None
