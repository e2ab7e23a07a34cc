"""Define `AsyncTestCase`, the base class for tests. It reads the class and delegates the rest."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar
from unittest import IsolatedAsyncioTestCase, TestResult

from aiounit import _stdlib, settings
from aiounit._later import Later
from aiounit._real import asyncio, inspect
from aiounit._typing import override
from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.exceptions import ResourceError
from aiounit.introspect import classes
from aiounit.levels import Level
from aiounit.lifecycle import overrides
from aiounit.limits import user_code
from aiounit.mocks import MockToolkit
from aiounit.resources import demand
from aiounit.resources.declaration import Resource, ResourceFactory
from aiounit.resources.graph import Plan, plan_for

if TYPE_CHECKING:
    from aiounit.assertions.errors.expected import Pattern
    from aiounit.assertions.errors.loop_errors import ErrorTaker
    from aiounit.checks import choice
    from aiounit.checks.builtin import claims, mock_calls
    from aiounit.lifecycle import cleanups, contexts, misuse, run, subtests, validation
    from aiounit.lifecycle.engine import Lifecycle
    from aiounit.mocks.recording.records import CallRecord
    from aiounit.runs import class_calls, fixtures
else:
    claims = Later("aiounit.checks.builtin.claims", globals())
    mock_calls = Later("aiounit.checks.builtin.mock_calls", globals())
    choice = Later("aiounit.checks.choice", globals())
    cleanups = Later("aiounit.lifecycle.cleanups", globals())
    contexts = Later("aiounit.lifecycle.contexts", globals())
    misuse = Later("aiounit.lifecycle.misuse", globals())
    run = Later("aiounit.lifecycle.run", globals())
    subtests = Later("aiounit.lifecycle.subtests", globals())
    validation = Later("aiounit.lifecycle.validation", globals())
    class_calls = Later("aiounit.runs.class_calls", globals())
    fixtures = Later("aiounit.runs.fixtures", globals())

__all__ = ["AsyncTestCase"]

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class AsyncTestCase(AsyncAssertions, AwaitAssertions, MockToolkit, IsolatedAsyncioTestCase):
    """A drop-in `unittest.IsolatedAsyncioTestCase` that runs the whole life of a test as one coroutine in one task.

    A context manager that is entered with `enter` wraps the test like an ``async with`` block around it. Mocks come
    from `MockToolkit`, assertions from `AwaitAssertions` and `AsyncAssertions`.

    Attributes:
        loop_factory: Makes the event loop of each test: a class or function without arguments, for example
            ``uvloop.new_event_loop``. None uses ``AIOUNIT_LOOP_FACTORY``, ``[tool.aiounit]`` or asyncio's default.
        loop_debug: Whether loops run in asyncio's debug mode. None uses ``AIOUNIT_DEBUG``, ``[tool.aiounit]`` or
            asyncio's default, which follows ``PYTHONASYNCIODEBUG`` and ``-X dev``.
        shared_loop: Whether the tests run on one loop that is shared by the whole run. A class with resources that
            live longer than a test always uses it.
        timeout: The time limit of a test method, in seconds of real time; None is no limit. If it is not set,
            ``AIOUNIT_TIMEOUT``, ``[tool.aiounit]`` or 60 s apply.
        setup_timeout: The same for each set-up hook, and for the start of each resource.
        teardown_timeout: The same for each tear-down hook and cleanup, for the close of each resource, and for closing
            the loop.
        checks: The level of each check by its name, or of ``all`` checks: ``fail``, ``warn`` or ``off``. A class adds
            to the levels of its base classes, and overrides ``AIOUNIT_CHECKS`` and ``[tool.aiounit.checks]``.
        blocking_threshold: How long one iteration of the loop may take, in seconds, before the check ``blocking``
            reports it; 0.1 by default.

    Example:
        A test of a store that is opened again for every test::

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
    blocking_threshold: ClassVar[float] = 0.1

    _aiounit_plan: ClassVar[Plan] = plan_for(object)
    _aiounit_life: "Lifecycle | None" = None

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        validation.check(cls)
        choice.check_class(cls)
        settings.current()  # a wrong setting is an error here, not in the middle of a run
        has_fixtures = fixtures.overrides_class_fixtures(cls, AsyncTestCase)
        fixtures.hang_on_class(cls, AsyncTestCase, class_calls.call_for_class)
        fixtures.hang_on_module(cls, class_calls.call_for_module)
        has_own_runner = _stdlib.isolated.replaces_runner(cls)
        is_shared = cls.shared_loop or has_fixtures or (not has_own_runner and demand.takes_wider(cls))
        cls._aiounit_plan = plan = plan_for(cls, shares_loop=is_shared)
        if has_own_runner:
            validation.check_replaced_runner(cls, plan)

    # Entering context managers

    async def enter(self, manager: AbstractAsyncContextManager[T] | AbstractContextManager[T]) -> T:
        """Enter a context manager for the rest of the test, in the test's own task.

        It exits after the tear-down, together with the cleanups, in last-in, first-out order, and receives the
        exception that ended the test. So ``asyncio.timeout``, ``asyncio.TaskGroup`` and anyio's scopes that are entered
        in ``asyncSetUp`` act on the test as if they surrounded it, and a transaction rolls back. A context manager can
        replace a failure or add to it, but suppressing the exception does not make the test pass.

        Args:
            manager: An asynchronous or synchronous context manager. If it is both, its asynchronous side is used.

        Returns:
            The value that the manager would bind with ``as``.

        Raises:
            TypeError: ``manager`` is not a context manager.

        Example:
            ``self.orders = await self.enter(open_store(":memory:"))``
        """
        context = contexts.EnteredContext(manager, None if self._aiounit_life is None else self._aiounit_life.record)
        value: T = await context.enter()
        self.addAsyncCleanup(context.exit)
        return value

    @override
    async def enterAsyncContext(self, cm: AbstractAsyncContextManager[T]) -> T:
        """Enter an asynchronous context manager, as stdlib does, with the guarantees of `enter`.

        Args:
            cm: The context manager.

        Returns:
            The value that it would bind with ``as``.

        Raises:
            TypeError: ``cm`` is not an asynchronous context manager.
        """
        if hasattr(type(cm), "__aenter__") and hasattr(type(cm), "__aexit__"):
            return await self.enter(cm)
        return await super().enterAsyncContext(cm)  # raises stdlib's TypeError

    # Cleanups

    @override
    def addCleanup(self, function: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a function to call after the tear-down, as stdlib does.

        Args:
            function: The function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: ``function`` is not callable; for example, it is a coroutine.
        """
        misuse.check_cleanup(function, "addCleanup")
        super().addCleanup(function, *args, **kwargs)

    @override
    def addAsyncCleanup(self, func: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a coroutine function to call after the tear-down, as stdlib does.

        Args:
            func: The coroutine function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: ``func`` is not callable; for example, it is a coroutine.
        """
        misuse.check_cleanup(func, "addAsyncCleanup")
        super().addAsyncCleanup(func, *args, **kwargs)

    @override
    @overrides.standard
    def doCleanups(self) -> Any:
        """Run the cleanups that were added so far, the last one first, as stdlib does after the tear-down.

        An async test can call this only while all cleanups are synchronous.

        Returns:
            Whether the test has had no error and no failure so far.

        Raises:
            LoopError: A cleanup is asynchronous, and the loop is running. It stays registered, for after the tear-down.
        """
        return super().doCleanups() if self._aiounit_life is None else cleanups.run_all(self, self._aiounit_life.record)

    # Resources

    async def use(self, resource: Resource[T]) -> T:
        """Use a resource inside the test. It is started if necessary, and closed at the end of its scope.

        Args:
            resource: The resource. If it lives longer than a test, name it in the method that calls ``use`` or in the
                body of the class, or set ``shared_loop = True`` in the class.

        Returns:
            The value of the resource.

        Raises:
            ScopeError: The resource lives longer than the loop of the test.

        Example:
            ``database = await self.use(database)``
        """
        value: T = await self._aiounit_lifecycle().order.provision.use(resource)
        return value

    def _aiounit_make(self, factory: ResourceFactory[..., object]) -> Any:
        """Return the coroutine function that a test sees in place of the factory. The factory calls this."""
        return self._aiounit_lifecycle().order.provision.maker(factory, self.addAsyncCleanup)

    def _aiounit_lifecycle(self) -> "Lifecycle":
        if self._aiounit_life is None:
            raise ResourceError(f"{self.id()} is not running: resources are available from setUp to the last cleanup")
        return self._aiounit_life

    # Errors that reach the loop

    def takeLoopError(
        self, kind: type[E] | tuple[type[E], ...], *, match: "Pattern | None" = None, msg: object = None
    ) -> E:
        """Take a background error: one that reached the loop's exception handler or ended an un-awaited task.

        Errors of threads and destructors count as well. The check ``errors`` does not report the error any more. The
        test fails if there is no such error.

        Args:
            kind: The class of the error, or a tuple of classes. A message to the exception handler without an exception
                counts as a ``RuntimeError``.
            match: A regular expression to search for in the error's message; None accepts any message.
            msg: Added to the failure message.

        Returns:
            The first error that matches.

        Raises:
            CheckUsageError: The check ``errors`` is off, or the test is not running.
            TypeError: ``kind`` is not a class of exceptions, or ``match`` is not a regular expression.

        Example:
            ``error = self.takeLoopError(ConnectionError, match="refused")``
        """
        return claims.take(self, kind, match, msg)

    @override
    def _aiounit_watch_loop_errors(self) -> "ErrorTaker | None":
        return claims.watch()

    @override
    def _aiounit_report_unawaited(self, calls: "Sequence[tuple[str, CallRecord]]") -> None:
        if self._aiounit_life is None:  # the standard library runs the test, without checks
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
    async def enterClassAsyncContext(cls, cm: AbstractAsyncContextManager[T]) -> T:
        """Enter an asynchronous context manager for the rest of the class, in a task of its own.

        Args:
            cm: The context manager; it exits with the class cleanups.

        Returns:
            The value that it would bind with ``as``.

        Raises:
            TypeError: ``cm`` is not an asynchronous context manager.
        """
        return await class_calls.enter_for_class(cls, cm)

    @classmethod
    @override
    def addClassCleanup(cls, function: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Add a function to call after ``tearDownClass``, as stdlib does. It has the time limit of a cleanup.

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
        """Add a coroutine function to call after ``tearDownClass``, together with the other class cleanups.

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
        """Run the test and report its outcome to a result.

        Args:
            result: Receives the outcome; None creates a result with ``defaultTestResult()``.

        Returns:
            The result.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed. After the first one, the test's clean-up has run.
        """
        if _stdlib.isolated.replaces_runner(type(self)):
            return super().run(result)  # such a class manages its own loops, with stdlib's lifecycle
        if result is None:
            return run.run_alone(self)
        run.run_test(self, result)
        return result

    @override
    def debug(self) -> None:
        """Run the test without a result. The first error is raised after the clean-up, with later ones as notes.

        Raises:
            SkipTest: The test is skipped.
        """
        if _stdlib.isolated.replaces_runner(type(self)):
            super().debug()
        else:
            run.debug_test(self)

    @override
    def subTest(self, msg: object = _stdlib.cases.NO_MESSAGE, **params: object) -> AbstractContextManager[None]:
        """Enclose a subtest, as stdlib does, also in concurrent tasks.

        Args:
            msg: The name of the subtest.
            **params: The parameters that identify the subtest.

        Returns:
            A context manager. A failure in its block is reported, and the test continues after the block.
        """
        return subtests.EnclosedSubtest(self, msg, params, full_traceback=settings.current().full_traceback)

    @user_code.entry
    def execute_example(self, example: Callable[[], object]) -> object:
        """Run one example of a Hypothesis test. Hypothesis calls this.

        Args:
            example: Runs the example. For an ``async def`` test it returns a coroutine, which is run.

        Returns:
            The value that the example returns.
        """
        value = example()
        return _stdlib.isolated.runner_of(self).run(value) if inspect.iscoroutine(value) else value

    # Pickling: a test that isn't running can be sent to another process

    def __getstate__(self) -> Mapping[str, object]:
        """Return the attributes of the test, without those that belong to a run."""
        return _stdlib.isolated.detach(vars(self)) | {"_aiounit_life": None}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        """Restore a test from the attributes of another."""
        vars(self).update(state)
        _stdlib.isolated.attach_context(self)


classes.note_known(AsyncTestCase)
