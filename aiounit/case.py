"""`AsyncTestCase`: the base class of users' tests. It reads the class and calls the rest."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, ClassVar, ParamSpec, TypeVar
from unittest import IsolatedAsyncioTestCase, TestResult

from typing_extensions import override

from aiounit import _stdlib, settings
from aiounit._real import asyncio, inspect
from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.assertions.errors.expected import Pattern
from aiounit.assertions.errors.logs import ExpectedLoopError
from aiounit.checks import choice
from aiounit.checks.builtin import claims, mock_calls
from aiounit.exceptions import DeclarationError, ResourceError
from aiounit.introspect.names import qualified
from aiounit.levels import Level
from aiounit.lifecycle import cleanups, misuse, run, subtests, validation
from aiounit.lifecycle.contexts import EnteredContext
from aiounit.lifecycle.engine import Lifecycle
from aiounit.limits import user_code
from aiounit.loops.sampler import THRESHOLD
from aiounit.mocks import MockToolkit
from aiounit.mocks.recording.records import CallRecord
from aiounit.resources import demand
from aiounit.resources.declaration import Resource, ResourceFactory
from aiounit.resources.graph import Plan, plan_for
from aiounit.runs import class_calls, fixtures

__all__ = ["AsyncTestCase"]

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class AsyncTestCase(AsyncAssertions, AwaitAssertions, MockToolkit, IsolatedAsyncioTestCase):
    """A drop-in `unittest.IsolatedAsyncioTestCase`: the whole life of a test is one coroutine in one task.

    A context manager that is entered for a test with `enter` wraps the test like an ``async with`` block around it. A
    test makes mocks by `MockToolkit`, and has the assertions of `AwaitAssertions` and `AsyncAssertions`.

    Attributes:
        loop_factory: Makes the event loop of each test: a class or function that takes nothing, for example
            ``uvloop.new_event_loop``. None leaves it to ``AIOUNIT_LOOP_FACTORY``, ``[tool.aiounit]`` and asyncio.
        loop_debug: Whether loops run in asyncio's debug mode. None leaves it to ``AIOUNIT_DEBUG``, ``[tool.aiounit]``
            and asyncio, which follows ``PYTHONASYNCIODEBUG`` and ``-X dev``.
        shared_loop: Whether the tests run on the loop of the whole run although nothing that the class names lives
            longer than a test. A class whose resources do gets it without asking.
        timeout: How long a test method may take in real time, in seconds; None is without a limit. Unset, it is left to
            ``AIOUNIT_TIMEOUT``, ``[tool.aiounit]`` and 60 s.
        setup_timeout: The same for each set-up hook, and for the start of each resource.
        teardown_timeout: The same for each tear-down hook and cleanup, for the close of each resource, and for closing
            the loop.
        checks: The levels of checks, ``fail``, ``warn`` or ``off`` by name, or for ``all``. What a class says adds to
            what those say that it derives from, and goes before ``AIOUNIT_CHECKS`` and ``[tool.aiounit.checks]``.
        blocking_threshold: How long the loop may take for one turn, in seconds, before the check ``blocking`` says so;
            0.1 by default.

    Example:
        A test of a store that is opened anew for every test::

            class StoreTest(AsyncTestCase):
                async def asyncSetUp(self) -> None:
                    self.store = await self.enter(open_store(":memory:"))

                async def test_starts_empty(self) -> None:
                    self.assertEqual(await self.store.count(), 0)
    """

    loop_factory: Callable[..., asyncio.AbstractEventLoop] | None = None
    loop_debug: ClassVar[bool | None] = None

    shared_loop: ClassVar[bool] = False

    timeout: ClassVar[float | None]
    setup_timeout: ClassVar[float | None]
    teardown_timeout: ClassVar[float | None]
    checks: ClassVar[Mapping[str, str | Level]] = {}
    blocking_threshold: ClassVar[float] = THRESHOLD

    _aiounit_plan: ClassVar[Plan] = plan_for(object)
    _aiounit_life: Lifecycle | None = None

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        validation.check(cls)
        choice.check_class(cls)
        settings.current()  # so that a wrong one is an error here, and not in the middle of a run
        has_fixtures = fixtures.overrides_class_fixtures(cls, AsyncTestCase)
        fixtures.hang_on_class(cls, AsyncTestCase, class_calls.call_for_class)
        fixtures.hang_on_module(cls, class_calls.call_for_module)
        has_own_runner = _stdlib.isolated.replaces_runner(cls)
        is_shared = cls.shared_loop or has_fixtures or (not has_own_runner and demand.takes_wider(cls))
        cls._aiounit_plan = plan = plan_for(cls, shares_loop=is_shared)
        if has_own_runner and (plan.attributes or plan.factories or plan.is_shared):
            raise DeclarationError(
                f"{qualified(cls)} replaces stdlib's _setupAsyncioRunner or _tearDownAsyncioRunner, "
                f"so its tests run on loops of its own, where no resource can live. Leave the loops to aiounit, with "
                f"loop_factory and shared_loop, or use no resources, asyncSetUpClass and asyncTearDownClass there"
            )
        validation.warn_of_replaced_runner(cls)

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
        context = EnteredContext(manager, None if self._aiounit_life is None else self._aiounit_life.record)
        value: T = await context.enter()
        self.addAsyncCleanup(context.exit)
        return value

    @override
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

    # Cleanups

    @override
    def addCleanup(self, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a function to be called after the tear-down, as stdlib does.

        Args:
            function: The function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: ``function`` can't be called; it is a coroutine, for example.
        """
        misuse.check_cleanup(function, "addCleanup")
        super().addCleanup(function, *args, **kwargs)

    @override
    def addAsyncCleanup(self, func: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a coroutine function to be called after the tear-down, as stdlib does.

        Args:
            func: The coroutine function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: ``func`` can't be called; it is a coroutine, for example.
        """
        misuse.check_cleanup(func, "addAsyncCleanup")
        super().addAsyncCleanup(func, *args, **kwargs)

    @override
    @cleanups.standard
    def doCleanups(self) -> Any:
        """Run the cleanups that were added so far, the last first, as stdlib does, which does it after the tear-down.

        An async test can have only synchronous ones run like that.

        Returns:
            Whether nothing has gone wrong in the test so far.

        Raises:
            LoopError: A cleanup is asynchronous, and the loop is running. It is put back, and runs after the tear-down.
        """
        return super().doCleanups() if self._aiounit_life is None else cleanups.run_all(self, self._aiounit_life.record)

    # Resources

    async def use(self, resource: Resource[T]) -> T:
        """Take a resource inside the test; it is started if it is not there, and closed with its scope.

        Args:
            resource: The resource. One that lives longer than a test must be named by the method that calls ``use``, or
                in the body of the class, or the class must have ``shared_loop = True``.

        Returns:
            What the resource gives.

        Raises:
            ScopeError: The resource lives longer than the loop of the test.

        Example:
            ``database = await self.use(database)``
        """
        value: T = await self._aiounit_lifecycle().provision.use(resource)
        return value

    def _aiounit_make(self, factory: ResourceFactory[Any, Any]) -> Any:
        """Return what a factory is to a test: called by the factory."""
        return self._aiounit_lifecycle().provision.maker(factory, self.addAsyncCleanup)

    def _aiounit_lifecycle(self) -> Lifecycle:
        if self._aiounit_life is None:
            raise ResourceError(f"{self.id()} is not running: resources are there from setUp to the last cleanup")
        return self._aiounit_life

    # Errors that reach the loop

    def takeLoopError(
        self, kind: type[E] | tuple[type[E], ...], *, match: Pattern | None = None, msg: object = None
    ) -> E:
        """Take an error that has reached the loop, or has ended a task that nothing awaited; fail if there is none.

        Errors of threads and destructors count as well. The error is no finding any more.

        Args:
            kind: The class of the error, or several. An error without an exception counts as a ``RuntimeError``.
            match: A regular expression that is searched for in its message; None takes any.
            msg: What to say if it fails.

        Returns:
            The error: the first one that fits.

        Raises:
            CheckUsageError: The check ``errors`` is off, or the test is not running.
            TypeError: ``kind`` is no class of exceptions, or ``match`` is no regular expression.

        Example:
            ``error = self.takeLoopError(ConnectionError, match="refused")``
        """
        error, missing = claims.take(ExpectedLoopError("takeLoopError", kind, match))
        if error is None:
            raise _stdlib.cases.failure(self, msg, missing)
        return error

    @override
    def _aiounit_watch_loop_errors(self) -> Callable[[ExpectedLoopError[E]], E | None] | None:
        return claims.watch()

    @override
    def _aiounit_report_unawaited(self, calls: Sequence[tuple[str, CallRecord]]) -> None:
        if self._aiounit_life is None:  # the standard library runs the test, and no check looks
            super()._aiounit_report_unawaited(calls)
        else:
            mock_calls.note_calls(calls)

    # Fixtures of the class

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        """Set up the class, after ``setUpClass``, on the loop that its tests share."""

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        """Tear down the class, before ``tearDownClass``."""

    @classmethod
    async def enterClassAsyncContext(cls, cm: AbstractAsyncContextManager[T, Any]) -> T:
        """Enter an asynchronous context manager for the rest of the class, in a task of its own.

        Args:
            cm: The context manager; it is left with the class cleanups.

        Returns:
            What it gives to ``as``.

        Raises:
            TypeError: ``cm`` is no asynchronous context manager.
        """
        return await class_calls.enter_for_class(cls, cm)

    @classmethod
    @override
    def addClassCleanup(cls, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a function to be called after ``tearDownClass``, as stdlib does; it has the time of a cleanup.

        Args:
            function: The function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.
        """
        misuse.check_cleanup(function, "addClassCleanup")
        super().addClassCleanup(class_calls.call_class_cleanup, cls, function, *args, **kwargs)

    @classmethod
    def addAsyncClassCleanup(
        cls, function: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Add a coroutine function to be called after ``tearDownClass``, in turn with the other class cleanups.

        Args:
            function: The coroutine function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.
        """
        misuse.check_cleanup(function, "addAsyncClassCleanup")
        super().addClassCleanup(class_calls.call_cleanup, cls, function, *args, **kwargs)

    # Running

    @override
    def run(self, result: TestResult | None = None) -> TestResult | None:
        """Run the test and report to a result.

        Args:
            result: Takes the outcome; None makes a result with ``defaultTestResult()``.

        Returns:
            The result.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; after the first, the test's clean-up has run.
        """
        if _stdlib.isolated.replaces_runner(type(self)):
            return super().run(result)  # such a class manages loops in its own way, and has stdlib's lifecycle
        if result is not None:
            run.run_test(self, result)
            return result
        result = self.defaultTestResult()
        getattr(result, "startTestRun", _nothing)()
        try:
            run.run_test(self, result)
        finally:
            getattr(result, "stopTestRun", _nothing)()
        return result

    @override
    def debug(self) -> None:
        """Run the test without a result: the first error is raised, after the clean-up, with later ones as notes.

        Raises:
            SkipTest: The test is skipped.
        """
        if _stdlib.isolated.replaces_runner(type(self)):
            super().debug()
        else:
            run.debug_test(self)

    @override
    def subTest(self, msg: Any = _stdlib.cases.NO_MESSAGE, **params: Any) -> AbstractContextManager[None]:
        """Enclose a subtest, as stdlib does; the subtests of concurrent tasks keep apart.

        Args:
            msg: What to call it.
            **params: What identifies it.

        Returns:
            A context manager: a failure in its block is reported, and the test goes on after the block.
        """
        return subtests.enclose(self, msg, params, full_traceback=settings.current().full_traceback)

    @user_code.entry
    def execute_example(self, example: Callable[[], Any]) -> Any:
        """Run one example of a Hypothesis test; Hypothesis calls this.

        Args:
            example: Runs the example, or returns the coroutine of one of an ``async def`` test.

        Returns:
            What the example returns.
        """
        value = example()
        return _stdlib.isolated.runner_of(self).run(value) if inspect.iscoroutine(value) else value

    # Copying: a test that isn't running can be sent to another process

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes of the test, without those of a run."""
        return _stdlib.isolated.detach(vars(self)) | {"_aiounit_life": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make a test of the attributes of another."""
        vars(self).update(state)
        _stdlib.isolated.attach_context(self)


def _nothing() -> None:
    """Stand in for a method that a result as old as Python 2.6's does not have."""
