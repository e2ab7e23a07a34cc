"""The loop that outlives tests, and the resources on it: of the run, of each module and of each class.

There is one for the run for each loop factory. Nobody asks for it: a class whose resources live longer than a test gets
it. What a test leaves on it is ended with the test; the loop itself is closed with the run.
"""

import asyncio
import atexit
import contextvars
import functools
import sys
import threading
import traceback
import unittest
from collections.abc import Callable
from typing import Any, Final

from aiounit import _stdlib, closing, tracebacks
from aiounit.host import LoopHost
from aiounit.loops import LoopFactory
from aiounit.resources.declaration import Scope
from aiounit.resources.holder import Holder
from aiounit.resources.instance import Instance, Trace

__all__ = ["Run", "SharedHost", "SharedLoop", "current_run"]

__unittest = True  # as in _stdlib: class and module cleanups are called here, and their errors raised

# Which test a task belongs to: a task inherits it with the context of whoever makes it.
_owner: Final[contextvars.ContextVar[object]] = contextvars.ContextVar("aiounit.owner", default=None)


class SharedHost(LoopHost):
    """A host whose loop stays when a test ends."""

    def __init__(self, factory: LoopFactory | None, on_open: Callable[[], None]) -> None:
        super().__init__(factory)
        self._on_open = on_open
        self._test: object = None
        self._default_debug = False

    def open(self) -> None:
        """Make the loop if there is none, and make it the current one."""
        if self.is_open:
            self._current.set(self.get_loop())
            return
        debug, self._debug = self._debug, None
        super().open()
        self._default_debug = self.get_loop().get_debug()
        self.set_debug(debug)
        _stdlib.tag_tasks(self.get_loop(), _owner)
        self._on_open()

    def set_debug(self, debug: bool | None) -> None:
        """Say which debug mode the loop is to have for the next test; None is the one that it had when it was made."""
        self._debug = debug
        if self.is_open:
            self.get_loop().set_debug(self._default_debug if debug is None else debug)

    def begin(self, context: contextvars.Context) -> None:
        """Take the tasks that are made in a context for those of the test that begins."""
        super().begin(context)
        self.interrupted = False
        self._test = object()
        context.run(_owner.set, self._test)

    def finish(self, timeout: float) -> list[BaseException]:
        """End what the test has left on the loop; the loop stays."""
        loop = self.get_loop()
        errors = self._current.check(loop)
        if loop.is_closed():
            return errors
        tasks = {task for task in asyncio.all_tasks(loop) if _stdlib.tag_of(task, _owner) is self._test}
        return errors + closing.end(loop, tasks, timeout)

    def close(self) -> None:
        """Leave the loop to the next test."""
        self._current.unset()

    def shut(self, timeout: float) -> list[BaseException]:
        """Close the loop in bounded time, and return what went wrong."""
        self.open()
        errors = super().finish(timeout)
        super().close()
        return errors


class SharedLoop:
    """A loop of the run and what lives on it.

    Args:
        factory: Makes the loop.
    """

    def __init__(self, factory: LoopFactory | None) -> None:
        self.host = SharedHost(factory, self._forget)
        self._run: Holder | None = None
        self._modules: dict[str, Holder] = {}
        self._classes: dict[type, Holder] = {}

    def _forget(self) -> None:
        """Forget what lived on a former loop, which a test has closed."""
        self._run = None
        self._modules = {}
        self._classes = {}

    def holder(self, kind: type, outer: contextvars.Context, trace: Trace | None) -> Holder:
        """Return the holder of a class, within those of its module and the run; it is closed with the class.

        Args:
            kind: The test class.
            outer: The context that the tests of the class start from.
            trace: Is told of starts and closes.
        """
        if kind in self._classes:
            return self._classes[kind]
        if self._run is None:
            self._run = Holder(Scope.RUN, None, outer.copy(), None, trace)
        name = kind.__module__
        if name not in self._modules:
            self._modules[name] = Holder(Scope.MODULE, None, outer.copy(), self._run, trace)
            unittest.addModuleCleanup(self.close_module, name)
        holder = self._classes[kind] = Holder(Scope.CLASS, kind, outer.copy(), self._modules[name], trace)
        case: Any = kind
        case.addClassCleanup(self.close_class, kind)
        return holder

    def call(self, kind: type, coroutine: Any, name: str, trace: Trace | None) -> Any:
        """Run a coroutine of a class in the context of the class, from synchronous code."""
        self.host.open()
        try:
            holder = self.holder(kind, contextvars.copy_context(), trace)
            return self.host.call(coroutine, context=holder.context, name=name)
        finally:
            self.host.close()

    async def leave(self, holder: Holder, instance: Instance) -> None:
        """Close what was entered for a class; raise what went wrong."""
        _raise(await holder.close_one(instance), f"leaving {instance.declared.name}")

    def close_class(self, kind: type) -> None:
        """Close the resources of a class; raise what went wrong."""
        _raise(self._close(self._classes.pop(kind, None)), f"closing the resources of {kind.__qualname__}")

    def close_module(self, name: str) -> None:
        """Close the resources of a module; raise what went wrong."""
        _raise(self._close(self._modules.pop(name, None)), f"closing the resources of module {name}")

    def close_all(self, timeout: float) -> list[BaseException]:
        """Close everything and the loop, and return what went wrong."""
        if not self.host.is_open:
            return []
        errors: list[BaseException] = []
        for holder in (*self._classes.values(), *self._modules.values(), self._run):
            errors += self._close(holder)
        self._forget()
        return errors + self.host.shut(timeout)

    def _close(self, holder: Holder | None) -> list[BaseException]:
        if holder is None or not self.host.is_open:
            return []
        self.host.open()
        try:
            return self.host.call(holder.close(), context=holder.context.copy(), name="closing resources")
        finally:
            self.host.close()


class Run:
    """The shared loops of one run, from the first test that needs one to the end of the run."""

    def __init__(self) -> None:
        self._loops: dict[object, SharedLoop] = {}
        self._ends: list[object] = []
        self.tests = 0
        """How many tests are under way: more than none means that a new run has begun inside this one."""

    def loop(self, key: object, factory: LoopFactory | None) -> SharedLoop:
        """Return the shared loop of a loop factory.

        Args:
            key: Tells one factory from another.
            factory: Makes the loop if there is none yet.
        """
        if key not in self._loops:
            self._loops[key] = SharedLoop(factory)
        return self._loops[key]

    def end_with(self, result: Any) -> None:
        """Close everything when the run of a result ends.

        unittest's runner says so to the result. pytest has results for single tests, and runs the clean-up of its
        configuration at the end. With anything else, the end of the process has to do.

        Args:
            result: The result of a test.
        """
        config = getattr(getattr(result, "session", None), "config", None)
        end = result if config is None else config
        if any(end is each for each in self._ends):
            return
        if not self._ends:
            atexit.register(self._close_at_exit)
        self._ends.append(end)
        if config is not None:
            config.add_cleanup(self._close_and_raise)
        elif hasattr(result, "stopTestRun"):
            result.stopTestRun = functools.partial(self._stop, result, result.stopTestRun)

    def _stop(self, result: Any, stop: Callable[[], None]) -> None:
        for error in self.close():
            tracebacks.trim(error)
            _stdlib.report_of_run(result, error)
        result.stopTestRun = stop
        stop()

    def _close_and_raise(self) -> None:
        _raise(self.close(), "closing the resources of the run")

    def _close_at_exit(self) -> None:
        for error in self.close():
            print("aiounit: while closing the resources of the run:", file=sys.stderr)
            traceback.print_exception(error)

    def close(self) -> list[BaseException]:
        """Close all shared loops with what lives on them, and return what went wrong."""
        atexit.unregister(self._close_at_exit)
        self._ends = []
        errors: list[BaseException] = []
        for loop in self._loops.values():
            errors += loop.close_all(closing.TIMEOUT)
        self._loops = {}
        return errors


class _Runs(threading.local):
    """The runs of a thread; each but the first has begun inside a test of the one before it."""

    def __init__(self) -> None:
        self.stack = [Run()]


_runs: Final = _Runs()


def current_run() -> Run:
    """Return the run that is under way in this thread."""
    stack = _runs.stack
    while len(stack) > 1 and not stack[-2].tests:
        stack.pop().close()  # the test that it began in is over
    if stack[-1].tests:
        stack.append(Run())
    return stack[-1]


def _raise(errors: list[BaseException], what: str) -> None:
    for error in errors:
        tracebacks.trim(error)
    if len(errors) > 1:
        raise BaseExceptionGroup(f"several errors while {what}", errors)
    for error in errors:
        raise error
