"""`AsyncTestCase`: the base class of users' tests. It reads the class and calls the rest."""

import inspect
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, ClassVar, TypeVar
from unittest import IsolatedAsyncioTestCase, SkipTest, TestResult

from aiounit import _stdlib, declarations, settings, subtests
from aiounit.contexts import EnteredContext
from aiounit.host import LoopHost
from aiounit.lifecycle import Lifecycle
from aiounit.recording import DebugSink, Record, ResultSink, Sink

__all__ = ["AsyncTestCase"]

T = TypeVar("T")


class AsyncTestCase(IsolatedAsyncioTestCase):
    """A drop-in `unittest.IsolatedAsyncioTestCase`: the whole life of a test is one coroutine in one task.

    Everything that works there works here. A context manager that is entered for a test with `enter` wraps the test as
    if the test were written inside its ``async with`` block.

    Attributes:
        loop_factory: Makes the event loop of each test: a class or function that takes nothing, for example
            ``uvloop.new_event_loop``. None leaves it to ``AIOUNIT_LOOP_FACTORY``, ``[tool.aiounit]`` and asyncio.
        loop_debug: Whether loops run in asyncio's debug mode. None leaves it to ``AIOUNIT_DEBUG``, ``[tool.aiounit]``
            and asyncio, which follows ``PYTHONASYNCIODEBUG`` and ``-X dev``.

    Example:
        A test of a store that is opened anew for every test::

            class StoreTest(AsyncTestCase):
                async def asyncSetUp(self) -> None:
                    self.store = await self.enter(open_store(":memory:"))

                async def test_starts_empty(self) -> None:
                    self.assertEqual(await self.store.count(), 0)
    """

    loop_factory: ClassVar[Any] = None
    loop_debug: ClassVar[bool | None] = None

    _aiounit_record: Record | None = None

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        declarations.check(cls)
        settings.current()  # so that a wrong one is an error here, and not in the middle of a run

    # Entering context managers

    async def enter(self, manager: AbstractAsyncContextManager[T, Any] | AbstractContextManager[T, Any]) -> T:
        """Enter a context manager for the rest of the test, in the test's own task.

        It is left after the tear-down, in turn with the cleanups, and is given the exception that ended the test. So
        ``asyncio.timeout``, ``asyncio.TaskGroup`` and anyio's scopes that are entered in ``asyncSetUp`` act on the test
        as they would around it, and a transaction rolls back. It can replace a failure or add to it; it can't hide one.

        Args:
            manager: An asynchronous or synchronous context manager; of one that is both, the asynchronous side is used.

        Returns:
            What the manager gives to ``as``.

        Raises:
            TypeError: ``manager`` is no context manager.

        Example:
            ``self.orders = await self.enter(open_store(":memory:"))``
        """
        context = EnteredContext(manager, self._aiounit_record)
        value: T = await context.enter()
        self.addAsyncCleanup(context.exit)
        return value

    async def enterAsyncContext(self, cm: AbstractAsyncContextManager[T, Any]) -> T:
        """Enter an asynchronous context manager, as stdlib does, with all that `enter` promises.

        Args:
            cm: The context manager.

        Returns:
            What it gives to ``as``.

        Raises:
            TypeError: ``cm`` is no asynchronous context manager.
        """
        if hasattr(type(cm), "__aenter__") and hasattr(type(cm), "__aexit__"):
            return await self.enter(cm)
        return await super().enterAsyncContext(cm)  # which says what is wrong

    # Running

    def run(self, result: TestResult | None = None) -> TestResult | None:
        """Run the test and report to a result.

        Args:
            result: Takes the outcome; None makes a result with ``defaultTestResult()``.

        Returns:
            The result.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; after the first, the test's clean-up has run.
        """
        if _stdlib.replaces_runner(type(self)):
            return super().run(result)  # such a class manages loops in its own way, and has stdlib's lifecycle
        if result is not None:
            self._aiounit_run(result)
            return result
        result = self.defaultTestResult()
        getattr(result, "startTestRun", _nothing)()
        try:
            self._aiounit_run(result)
        finally:
            getattr(result, "stopTestRun", _nothing)()
        return result

    def debug(self) -> None:
        """Run the test without a result: the first error is raised, after the clean-up, with later ones as notes.

        Raises:
            SkipTest: The test is skipped.
        """
        if _stdlib.replaces_runner(type(self)):
            super().debug()
            return
        method = getattr(self, _stdlib.test_method_name(self))
        reason = _skip_reason(self, method)
        if reason is not None:
            raise SkipTest(reason)
        sink = DebugSink()
        record = self._aiounit_live(sink, method, expects_failure=False)
        if record.interrupt is not None:
            raise record.interrupt
        sink.raise_first()

    def _aiounit_run(self, result: TestResult) -> None:
        result.startTest(self)
        try:
            method = getattr(self, _stdlib.test_method_name(self))
            reason = _skip_reason(self, method)
            if reason is not None:
                _stdlib.add_skip(self, result, reason)
            else:
                self._aiounit_report(result, method)
        finally:
            result.stopTest(self)

    def _aiounit_report(self, result: TestResult, method: Callable[[], Any]) -> None:
        expects_failure = _is_marked(self, method, "__unittest_expecting_failure__")
        outcome = _stdlib.make_outcome(result)
        _stdlib.set_outcome(self, outcome)
        try:
            start = time.perf_counter()
            record = self._aiounit_live(ResultSink(self, outcome), method, expects_failure=expects_failure)
            _stdlib.add_duration(self, result, time.perf_counter() - start)
            if record.interrupt is not None:
                raise record.interrupt
            if outcome.success and expects_failure:
                _stdlib.add_expected_failure(self, result, outcome)
            elif outcome.success:
                result.addSuccess(self)
        finally:
            outcome.expectedFailure = None  # it holds frames that hold the outcome
            _stdlib.set_outcome(self, None)

    def _aiounit_live(self, sink: Sink, method: Callable[[], Any], *, expects_failure: bool) -> Record:
        """Run the test from its first hook to its last cleanup; what happens goes to ``sink``."""
        now = settings.current()
        factory = declarations.loop_factory_of(self) or now.loop_factory
        host = LoopHost(factory, debug=now.debug if self.loop_debug is None else self.loop_debug)
        record = Record(sink, full_traceback=now.full_traceback)
        self._aiounit_record = record
        try:
            Lifecycle(self, method, record, host, expects_failure=expects_failure).run()
        finally:
            self._aiounit_record = None
        return record

    def subTest(self, msg: Any = _stdlib.NO_MESSAGE, **params: Any) -> AbstractContextManager[None]:
        """Enclose a subtest, as stdlib does; the subtests of concurrent tasks keep apart.

        Args:
            msg: What to call it.
            **params: What identifies it.

        Returns:
            A context manager: a failure in its block is reported, and the test goes on after the block.
        """
        return subtests.enclose(self, msg, params, full_traceback=settings.current().full_traceback)

    def execute_example(self, example: Callable[[], Any]) -> Any:
        """Run one example of a Hypothesis test; Hypothesis calls this.

        Args:
            example: Runs the example, or returns the coroutine of one of an ``async def`` test.

        Returns:
            What the example returns.
        """
        value = example()
        return _stdlib.runner_of(self).run(value) if inspect.iscoroutine(value) else value

    # Copying: a test that isn't running can be sent to another process

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes of the test, without those of a run."""
        return _stdlib.detach(vars(self)) | {"_aiounit_record": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make a test of the attributes of another."""
        vars(self).update(state)
        _stdlib.attach_context(self)


def _nothing() -> None:
    """Stand in for a method that a result as old as Python 2.6's does not have."""


def _skip_reason(case: AsyncTestCase, method: Callable[[], Any]) -> str | None:
    """Return why the class or the method is to be skipped, or None."""
    if not _is_marked(type(case), method, "__unittest_skip__"):
        return None
    return getattr(type(case), "__unittest_skip_why__", "") or getattr(method, "__unittest_skip_why__", "")


def _is_marked(whole: object, method: object, mark: str) -> bool:
    return getattr(whole, mark, False) or getattr(method, mark, False)
