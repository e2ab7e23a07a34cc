"""The loop that outlives tests, and the resources on it: of the run, of each module and of each class.

There is one for the run for each loop factory. Nobody asks for it: a class whose resources live longer than a test gets
it. What a test leaves on it is ended with the test; the loop itself is closed with the run.
"""

import types
import unittest
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, atexit, contextvars, functools, sys, threading
from aiounit.checks import reporting
from aiounit.checks.ledger import Ledger
from aiounit.checks.ownership import Keeper
from aiounit.exceptions import ResourceError
from aiounit.introspect import tracebacks
from aiounit.limits import ctrl_c, watchdog
from aiounit.limits.budgets import Budget
from aiounit.loops.factory import LoopFactory
from aiounit.resources.declaration import Scope
from aiounit.resources.holder import Holder
from aiounit.resources.instance import Instance, Trace
from aiounit.runs import exit_status
from aiounit.runs.endings import print_all, raise_all
from aiounit.runs.scope_checks import Watches
from aiounit.runs.shared_host import SharedHost

__all__ = ["Run", "SharedLoop", "add_class_cleanup", "current_run", "latest_run"]

__unittest = True  # as in _stdlib: class and module cleanups are called here, and their errors raised


class SharedLoop:
    """A loop of the run and what lives on it.

    Args:
        factory: Makes the loop.
        run: The run.
    """

    def __init__(self, factory: LoopFactory | None, run: "Run") -> None:
        self.host = SharedHost(factory, self._forget)
        self._its_run = run
        self._run: Holder | None = None
        self._modules: dict[str, Holder] = {}
        self._classes: dict[type, Holder] = {}
        self._watches = Watches(run.ledger)

    def _holders(self) -> list[Holder]:
        """Return all holders, the narrowest first."""
        return [*self._classes.values(), *self._modules.values(), *([] if self._run is None else [self._run])]

    def _forget(self) -> None:
        """Forget what lived on a former loop, which a test has closed."""
        for holder in self._holders():
            holder.abandon()
        self._watches.forget()
        self._run = None
        self._modules = {}
        self._classes = {}

    def of_class(self, kind: type, outer: contextvars.Context, trace: Trace | None) -> Holder:
        """Return the holder of a class, within those of its module and the run; it is closed with the class.

        Args:
            kind: The test class.
            outer: The context that the tests of the class start from.
            trace: Is told of starts and closes.
        """
        if kind not in self._classes:
            module = self.of_module(kind.__module__, outer, trace)
            # The last of the cleanups: others close what is left of the class until then.
            _stdlib.cases.add_last_class_cleanup(kind, self.close_class, kind)
            context = outer.copy()
            watched = self._watches.begin(Scope.CLASS, None, kind, self.host, context)
            holder = Holder(Scope.CLASS, kind, context, module, trace, self._close_with_class)
            holder.inherit_variables()
            self._classes[kind] = self._watches.keep(holder, watched)
        return self._classes[kind]

    def of_module(self, name: str, outer: contextvars.Context, trace: Trace | None) -> Holder:
        """Return the holder of a module, within that of the run; it is closed with the module."""
        if self._run is None:
            context = outer.copy()
            watched = self._watches.begin(Scope.RUN, None, None, self.host, context)
            self._run = self._watches.keep(Holder(Scope.RUN, None, context, None, trace), watched)
        if name not in self._modules:
            _stdlib.cases.add_last_module_cleanup(self.close_module, name)
            context = outer.copy()
            watched = self._watches.begin(Scope.MODULE, name, None, self.host, context)
            holder = Holder(Scope.MODULE, None, context, self._run, trace, self._close_with_module)
            self._modules[name] = self._watches.keep(holder, watched)
        return self._modules[name]

    def keepers(self, kind: type) -> Iterator[Keeper]:
        """Yield the scopes around the tests of a class, with what lives in them, the widest first."""
        return self._watches.keepers(self._classes.get(kind) or self._modules.get(kind.__module__) or self._run)

    def _end_watch(self, holder: Holder) -> list[BaseException]:
        """Return what the fixtures of a scope have left behind, and end it."""
        if not self.host.is_open or ctrl_c.is_over():
            return []
        self.host.open()
        try:
            return self._watches.end(holder, self.host)
        finally:
            self.host.close()

    # What starts later is closed before what was there: so there is a cleanup of its own for the resources.

    def _close_with_class(self, holder: Holder) -> None:
        add_class_cleanup(holder.owner, self._close_started, holder)

    def _close_with_module(self, holder: Holder) -> None:
        unittest.addModuleCleanup(self._close_started, holder)

    def call(
        self,
        holder: Callable[[], Holder],
        coroutine: Any,
        name: str,
        *,
        kind: type | None = None,
        budget: Budget = watchdog.UNLIMITED,
    ) -> Any:
        """Run a coroutine of a class or a module in the context of its holder, from synchronous code.

        Args:
            holder: Returns the holder, when the loop is there.
            coroutine: The coroutine.
            name: The name of its task.
            kind: The test class whose time resources have that it starts or closes.
            budget: How long it may take itself.

        Raises:
            ResourceError: The coroutine was cancelled.
            TimeoutFailure: It timed out.
        """
        if ctrl_c.is_over():
            coroutine.close()
            return None
        try:
            self.host.open()
        except BaseException:
            coroutine.close()  # without a warning that it was never awaited
            raise
        try:
            with watchdog.held(name, kind), watchdog.bounded(watchdog.Limit(self.host), budget, name):
                return self.host.call(coroutine, context=holder().context, name=name)
        except asyncio.CancelledError as error:  # nothing above takes it for an error
            raise ResourceError(f"{name} was cancelled") from error
        finally:
            self.host.close()

    async def leave(self, holder: Holder, instance: Instance) -> None:
        """Close what was entered for a class; raise what went wrong."""
        raise_all(await holder.close_one(instance), f"leaving {instance.declared.name}")

    def close_class(self, kind: type) -> None:
        """Close all of a class; raise what went wrong."""
        if kind in self._classes and self._its_run.is_between_tests:
            self._end(self._classes.pop(kind), kind.__qualname__)

    def close_module(self, name: str) -> None:
        """Close all of a module; raise what went wrong."""
        if name in self._modules and self._its_run.is_between_tests:
            self._end(self._modules.pop(name), f"module {name}")

    def _end(self, holder: Holder, what: str) -> None:
        raise_all(self._close(holder, holder.close) + self._end_watch(holder), f"closing the resources of {what}")

    def _close_started(self, holder: Holder) -> None:
        if self._its_run.is_between_tests:
            raise_all(self._close(holder, holder.close_started), f"closing the resources of a {holder.scope.value}")

    def close_all(self) -> list[BaseException]:
        """Close everything and the loop, and return what went wrong."""
        was_open = self.host.is_open
        errors: list[BaseException] = []
        for holder in self._holders():
            errors += self._close(holder, holder.close) + self._end_watch(holder)
        self._forget()
        try:
            return errors + (self.host.shut() if was_open and not ctrl_c.is_over() else [])
        except KeyboardInterrupt as error:
            return [*errors, error]
        finally:
            self.host.drop()

    def _close(
        self, holder: Holder, close: Callable[[], Coroutine[Any, Any, list[BaseException]]]
    ) -> list[BaseException]:
        if not self.host.is_open or not holder.has_any:
            return []
        errors: list[BaseException] = []

        async def collect() -> None:
            errors.extend(await close())

        try:
            kind = holder.owner if holder.scope is Scope.CLASS else None
            self.call(lambda: holder, collect(), "closing resources", kind=kind)
        except BaseException as error:  # Ctrl-C is not forgotten, but comes after what is still to be closed
            errors.append(error)
        return errors


class Run:
    """The shared loops of one run, from the first test that needs one to the end of the run."""

    def __init__(self) -> None:
        self._loops: dict[object, SharedLoop] = {}
        self._ends: list[object] = []
        self.ledger = Ledger()
        self.tests = 0
        """How many tests are under way: more than none means that a new run has begun inside this one."""
        self._thread = threading.get_ident()

    @property
    def is_between_tests(self) -> bool:
        """Whether cleanups are its own: stdlib runs also those of the run around it, and of others in other threads."""
        return not self.tests and self._thread == threading.get_ident()

    def loop(self, key: object, factory: LoopFactory | None) -> SharedLoop:
        """Return the shared loop of a loop factory.

        Args:
            key: Tells one factory from another.
            factory: Makes the loop if there is none yet.
        """
        if key not in self._loops:
            self._loops[key] = SharedLoop(factory, self)
        return self._loops[key]

    def end_with(self, result: Any) -> None:
        """Close everything when the run of a result ends.

        unittest's runner says so to the result. In pytest the result of a test is a node of a tree, and what lives
        longer ends with the nodes around it. In the workers of green and Django, and with nose2, the result is not
        told, but the outermost suite calls module cleanups at its end. With anything else, the end of the process has
        to do.

        Args:
            result: The result of a test; None is none.
        """
        if self._ends and self._ends[-1] is result:
            return  # as with the test before
        if not self._ends:
            atexit.register(self.close_at_exit)
        if hasattr(result, "listchain"):
            session, *nodes = result.listchain()
            self._end_with(session, session.addfinalizer, functools.partial(self._finish, session.config))
            for node in nodes:
                if isinstance(getattr(node, "obj", None), types.ModuleType):
                    self._end_with(node, node.addfinalizer, functools.partial(self._close_module, node))
        elif _stdlib.suites.is_in_suite(result) and (exit_status.is_worker() or not hasattr(result, "stopTestRun")):
            self._end_with(result, self._await_module, result)
        elif hasattr(result, "stopTestRun"):
            self._end_with(result, self._wrap_stop, result)
        else:
            self._end_with(None)

    def _end_with(self, end: object, prepare: Callable[[Any], object] = bool, argument: object = None) -> None:
        if not any(end is each for each in self._ends):
            self._ends.append(end)
            prepare(argument)

    def _wrap_stop(self, result: Any) -> None:
        result.stopTestRun = functools.partial(self._stop, result, result.stopTestRun)

    def _close_module(self, node: Any) -> None:
        """Close what the module of a pytest node holds: pytest knows no module cleanups."""
        self._ends = [each for each in self._ends if each is not node]
        for loop in self._loops.values():
            loop.close_module(node.obj.__name__)

    def _await_module(self, result: Any) -> None:
        _stdlib.cases.add_last_module_cleanup(self._await_cleanups, result)

    def _await_cleanups(self, result: Any) -> None:
        """Come last again: the cleanups that close the module itself were added later."""
        _stdlib.cases.add_last_module_cleanup(self._end_with_suite, result)

    def _end_with_suite(self, result: Any) -> None:
        """Close everything when a module ends and no other follows."""
        if self.is_between_tests and _stdlib.suites.is_at_end(result):
            interrupt = self._report(result)
            reporting.print_summary_at_exit(self.ledger)
            if interrupt is not None:
                raise interrupt
        else:  # the next test waits for the end of its own module
            self._ends = [each for each in self._ends if each is not result]

    def _finish(self, config: Any) -> None:
        """Close everything when a session of pytest ends, which prints its failures only then."""
        errors = self.close()
        config.add_cleanup(functools.partial(reporting.print_summary, self.ledger, None, None))
        raise_all(errors, "closing the run's resources")

    def _stop(self, result: Any, stop: Callable[[], None]) -> None:
        is_interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        if is_interrupted:
            ctrl_c.note()
        interrupt = self._report(result)
        result.stopTestRun = stop
        stop()
        reporting.print_summary(self.ledger, result, _stdlib.frames.frame(1))
        if interrupt is not None and not is_interrupted:
            raise interrupt

    def _report(self, result: Any) -> KeyboardInterrupt | None:
        """Close everything, report what went wrong, and return the interrupt that came meanwhile."""
        interrupt = None
        for error in self.close():
            tracebacks.trim(error)
            if isinstance(error, KeyboardInterrupt):
                interrupt = error
            else:
                _stdlib.suites.report_of_run(result, error)
        return interrupt

    def close_at_exit(self) -> None:
        """Close everything when no result is left to report to: an error is printed, and fails the process."""
        was_over = ctrl_c.is_over()
        errors = self.close()
        if ctrl_c.is_over() and not was_over:
            ctrl_c.leave()
        print_all(errors)
        if errors and not exit_status.is_worker():
            exit_status.fail("the errors above came after the report of the runner")
        reporting.print_summary(self.ledger, None, None)

    def end_in(self, outer: "Run") -> None:
        """Close everything of a run whose end was not said, and leave what its checks found to the run around it."""
        print_all(self._close_loops())
        self.ledger.bequeath(outer.ledger)

    def close(self) -> list[BaseException]:
        """Close all shared loops, and return what went wrong and what the checks found."""
        _runs.end_inside(self)
        errors = self._close_loops()
        ctrl_c.forget()
        return errors + reporting.end_run(self.ledger)

    def _close_loops(self) -> list[BaseException]:
        atexit.unregister(self.close_at_exit)
        self._ends = []
        ctrl_c.take()
        try:
            errors = [error for loop in self._loops.values() for error in loop.close_all()]
        finally:
            ctrl_c.release()
        self._loops = {}
        return errors


class _Runs(threading.local):
    """The runs of a thread; each but the first has begun inside a test of the one before it."""

    def __init__(self) -> None:
        self.stack = [Run()]

    def end_inside(self, run: Run) -> None:
        """End the runs that have begun inside a test of a run, which is over."""
        while run in self.stack and not run.tests and self.stack[-1] is not run:
            self.stack.pop().end_in(self.stack[-1])


_runs: Final = _Runs()


def add_class_cleanup(kind: type, function: Callable[..., object], /, *arguments: Any) -> None:
    """Add a class cleanup that bounds what it does itself."""
    add: Any = unittest.TestCase.addClassCleanup
    add.__func__(kind, function, *arguments)


def current_run() -> Run:
    """Return the run that is under way in this thread."""
    stack = _runs.stack
    for run in stack[:-1]:
        _runs.end_inside(run)
    if stack[-1].tests:
        stack.append(Run())
    return stack[-1]


def latest_run() -> Run:
    """Return the run that began last: in a test or a fixture, the one that it belongs to."""
    return _runs.stack[-1]
