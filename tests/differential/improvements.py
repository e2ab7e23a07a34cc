"""What aiounit means to do differently: a list of rules, and the standard library's class with those rules added.

`Improved` runs a test as `unittest.TestCase.run` does, one phase after the other, and asks for a rule wherever aiounit
departs from that. Without any rule it is the standard library's class; the differential test holds it to that.
"""

import asyncio
import contextlib
import enum
import inspect
import sys
import types
import unittest.case
import warnings
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from aiounit import AiounitError, NotAwaitedError

from tests.differential.stage import RETURNED_VALUE

__all__ = ["Improved", "Rule"]

_case: Any = unittest.case
_Base: Any = unittest.IsolatedAsyncioTestCase


class Rule(enum.Enum):
    """An improvement."""

    START = "A test that is skipped by a decorator is started like any other (3.12.1 leaves that out)."
    LOOP = "The event loop is there, and the current one, from the beginning."
    TEAR_DOWN = "tearDown runs although asyncTearDown failed."
    INTERRUPT = "After a KeyboardInterrupt the tear-down and the cleanups run, and then it is raised."
    NOT_AWAITED = "A plain test that returns an awaitable or a generator fails, because its code has not run."
    COROUTINE = "A coroutine that a plain cleanup returns is awaited."
    CLEANUPS_HOOK = "What an overridden doCleanups raises is an error of the test, and does not end the run."
    MANAGER = "An asynchronous context manager is given the exception that ended the test, and can't hide it."
    HELD = "While such managers are entered, a cancellation is reported when they are left: it may be their doing."
    SUBTEST = "A cancellation of the task leaves subtests behind like any other code."
    EXPECTED = "A subtest of the clean-up does not end its phase because the test has failed as expected."
    PENDING = "A cancellation that no code has seen when its phase ends is seen by the next phase."
    CLOSE = "An error of a task that is cancelled while the loop is closed is an error of the test."


class Improved(_Base):  # type: ignore[misc]  # only an untyped base has the private hooks
    """The standard library's class with the improvements in ``rules``; ``applied`` collects those that were needed."""

    rules: ClassVar[frozenset[Rule]] = frozenset(Rule)
    applied: ClassVar[set[Rule]] = set()

    def _applies(self, rule: Rule) -> bool:
        if rule in self.rules:
            self.applied.add(rule)
        return rule in self.rules

    def _overrides(self, hook: str) -> bool:
        return getattr(type(self), hook) is not getattr(Improved, hook)

    # The frame of a run, as in unittest.TestCase.run

    def run(self, result: Any = None) -> Any:
        self._setupAsyncioRunner()
        try:
            if result is not None:
                self._run(result)
                return result
            result = self.defaultTestResult()
            getattr(result, "startTestRun", int)()
            try:
                self._run(result)
            finally:
                getattr(result, "stopTestRun", int)()
            return result
        finally:
            self._tearDownAsyncioRunner()

    def _run(self, result: Any) -> None:
        method = getattr(self, self._testMethodName)
        marked = [type(self), method]
        skipped = any(getattr(each, "__unittest_skip__", False) for each in marked)
        if not (skipped and sys.version_info[:3] == (3, 12, 1)) or self._applies(Rule.START):
            result.startTest(self)
        try:
            if skipped:
                reasons = [getattr(each, "__unittest_skip_why__", "") for each in marked]
                _case._addSkip(result, self, reasons[0] or reasons[1])
            else:
                self._report(result, method)
        finally:
            result.stopTest(self)

    def _report(self, result: Any, method: Any) -> None:
        expecting = any(getattr(each, "__unittest_expecting_failure__", False) for each in (self, method))
        outcome = self._outcome = _case._Outcome(result)
        try:
            self._live(method, expecting)
            if sys.version_info >= (3, 12):
                self._addDuration(result, 0.0)
            if self._interrupt is not None:
                raise self._interrupt
            if not outcome.success:
                pass
            elif not expecting:
                result.addSuccess(self)
            elif outcome.expectedFailure:
                self._addExpectedFailure(result, outcome.expectedFailure)
            else:
                self._addUnexpectedSuccess(result)
        finally:
            self._outcome = None

    def _live(self, method: Any, expecting: bool) -> None:
        self._failure: BaseException | None = None
        self._interrupt: KeyboardInterrupt | None = None
        self._pending: asyncio.CancelledError | None = None
        self._held: list[tuple[asyncio.CancelledError, bool]] = []
        self._entered = 0
        if Rule.LOOP in self.rules:
            asyncio.set_event_loop(self._asyncioRunner.get_loop())
            if self._overrides("_callSetUp") or getattr(self, "loop_factory", None):
                self._applies(Rule.LOOP)
        self._part("_callSetUp")
        if self._outcome.success and self._interrupt is None:
            self._part("_callTestMethod", method, expecting=expecting)
            self._tear_down()
        self._clean_up()
        self._close()

    # Its phases

    def _part(self, name: str, *args: Any, expecting: bool = False, **kwargs: Any) -> bool:
        """Call a private hook and record what it raises; tell whether it raised nothing."""
        self._direct = not self._overrides(name)
        outcome = self._outcome
        outcome.expecting_failure = expecting
        before, outcome.success = outcome.success, True
        try:
            getattr(self, name)(*args, **kwargs)
        except BaseException as error:
            self._record(error, expecting=expecting)
            return False
        finally:
            outcome.expecting_failure = False
            outcome.success &= before
        return True

    def _tear_down(self) -> None:
        if self._overrides("_callTearDown"):
            self._part("_callTearDown")
        elif self._part("_callAsync", self.asyncTearDown) or self._applies(Rule.TEAR_DOWN):
            self._part("_callSync", self.tearDown)

    def _clean_up(self) -> None:
        if self._overrides("doCleanups"):
            try:
                self.doCleanups()
            except BaseException as error:
                if not self._applies(Rule.CLEANUPS_HOOK):
                    raise
                self._record(error)
            if not self._cleanups or not self._applies(Rule.CLEANUPS_HOOK):
                return
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            self._part("_callCleanup", function, *args, **kwargs)

    def _close(self) -> None:
        held, self._held = self._held, []
        for error, expecting in held:
            self._report_error(error, expecting=expecting)
        if self._pending is not None:
            self._report_error(self._pending)

    def _record(self, error: BaseException, *, expecting: bool = False) -> None:
        self._failure = self._failure or error
        if isinstance(error, KeyboardInterrupt):
            if self._interrupt is not None or not self._applies(Rule.INTERRUPT):
                raise error
            self._interrupt = error
        elif isinstance(error, asyncio.CancelledError) and self._entered and self._applies(Rule.HELD):
            self._held.append((error, expecting))
            self._outcome.success &= expecting
        else:
            self._report_error(error, expecting=expecting)

    def _report_error(self, error: BaseException, *, expecting: bool = False) -> None:
        self._outcome.expecting_failure = expecting and not isinstance(error, AiounitError)
        with self._outcome.testPartExecutor(self):
            raise error
        self._outcome.expecting_failure = False

    # The private hooks

    def _callSync(self, function: Callable[[], Any]) -> None:  # noqa: N802
        self._asyncioTestContext.run(function)

    def _callTestMethod(self, method: Callable[[], Any]) -> None:  # noqa: N802
        value = self._callMaybeAsync(method)
        if value is None:
            return
        unused = inspect.isawaitable(value) or inspect.isgenerator(value) or inspect.isasyncgen(value)
        if unused and self._direct and self._applies(Rule.NOT_AWAITED):
            with contextlib.suppress(AttributeError):
                value.close()
            raise NotAwaitedError
        warnings.warn(RETURNED_VALUE, DeprecationWarning, stacklevel=2)

    def _callCleanup(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:  # noqa: N802
        value = self._callMaybeAsync(function, *args, **kwargs)
        if isinstance(value, types.CoroutineType) and self._direct and self._applies(Rule.COROUTINE):
            self._callAsync(_wait_for, value)

    def _callAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        return super()._callAsync(self._watch(func), *args, **kwargs)

    def _callMaybeAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        watched = self._watch(func) if inspect.iscoroutinefunction(func) else func
        return super()._callMaybeAsync(watched, *args, **kwargs)

    def _watch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(*args: Any, **kwargs: Any) -> Any:
            task: Any = asyncio.current_task()
            if self._pending is not None and self._direct and function != self._leave:
                self._pending = None
                task.cancel()
            seen = False
            try:
                return await function(*args, **kwargs)
            except asyncio.CancelledError:
                seen = not self._entered
                raise
            finally:
                if task.cancelling() and Rule.PENDING in self.rules:
                    await self._catch_up(seen=seen)

        return watched

    async def _catch_up(self, *, seen: bool) -> None:
        """Take a cancellation that the code has not waited for: the next phase gets it."""
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError as error:
            if not seen:
                self._applies(Rule.PENDING)
                self._pending = error

    # Context managers and subtests

    async def enterAsyncContext(self, cm: Any) -> Any:  # noqa: N802
        if Rule.MANAGER not in self.rules:
            return await super().enterAsyncContext(cm)
        value = await type(cm).__aenter__(cm)
        self._entered += 1
        self.addAsyncCleanup(self._leave, cm)
        return value

    async def _leave(self, manager: Any) -> None:
        ending = self._failure or self._pending
        if ending is not None:
            self._applies(Rule.MANAGER)
        addition: BaseException | None = None
        try:
            trace = ending and ending.__traceback__
            hides = await type(manager).__aexit__(manager, ending and type(ending), ending, trace)
            if hides and self._failure is None:
                self._pending = None
        except BaseException as error:
            if error is not ending:
                addition = self._turn(ending, error)
        finally:
            self._entered -= 1
        if addition is not None:
            raise addition

    def _turn(self, ending: BaseException | None, error: BaseException) -> BaseException | None:
        """Return what is left to report when a manager raises an error although it was given another."""
        if ending is None:
            return error
        if ending is self._pending:
            self._pending = None
            return error
        for cancellation, expecting in self._held:
            if cancellation is ending:
                self._held = [each for each in self._held if each[0] is not ending]
                self._failure = error
                self._report_error(error, expecting=expecting)
                return None
        if isinstance(error, BaseExceptionGroup):
            return error.split(lambda each: each is ending)[1]
        return error

    @contextlib.contextmanager
    def subTest(self, *args: Any, **kwargs: Any) -> Iterator[None]:  # noqa: N802
        cancellation: asyncio.CancelledError | None = None
        with self._forgetting_expected_failure(), super().subTest(*args, **kwargs):
            try:
                yield
            except asyncio.CancelledError as error:
                if not (_is_being_cancelled() and self._applies(Rule.SUBTEST)):
                    raise
                cancellation = error
                raise _case._ShouldStop from None
        if cancellation is not None:
            raise cancellation

    @contextlib.contextmanager
    def _forgetting_expected_failure(self) -> Iterator[None]:
        outcome = self._outcome
        failure = outcome.expectedFailure
        if failure is None or outcome.expecting_failure or not self._applies(Rule.EXPECTED):
            yield
            return
        outcome.expectedFailure = None
        try:
            yield
        finally:
            outcome.expectedFailure = failure


async def _wait_for(coroutine: Any) -> None:
    await coroutine


def _is_being_cancelled() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0
