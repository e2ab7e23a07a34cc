"""One resource while it is there, in a task of its own that enters it and closes it.

So an anyio task group or ``asyncio.timeout`` may span its ``yield``, and what is independent starts and closes
concurrently. A scope inside the resource that dies cancels this task: that is how the resource's death is noticed.
"""

import enum
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, inspect, time
from aiounit._stdlib.cancel import cancel
from aiounit.exceptions import ResourceError, TimeoutFailure
from aiounit.limits import deadline, user_code, watchdog
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops import closing
from aiounit.resources.declaration import Declared

__all__ = ["Instance", "State", "Trace"]

Trace = Callable[[str], None]


class State(enum.Enum):
    """What has become of a resource."""

    STARTING = enum.auto()
    READY = enum.auto()
    LEFT_OUT = enum.auto()  # something that it depends on is not there
    FAILED = enum.auto()  # it did not start, or died while it was in use
    CLOSED = enum.auto()


class Instance:
    """A resource from its start to its end.

    Args:
        declared: What it is made of.
        owner: The test or the class that a method is given.
        dependencies: What its parameters get, as instances that may still be starting.
        arguments: What else the function is given: the arguments of a factory's call.
        trace: Is told when it has started and closed; None tells nobody.
    """

    def __init__(
        self,
        declared: Declared,
        owner: object,
        dependencies: dict[str, "Instance"],
        *,
        arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), {}),
        trace: Trace | None = None,
    ) -> None:
        self.declared = declared
        self.state = State.STARTING
        self.value: Any = None
        self.error: BaseException | None = None
        self.is_reported = False
        """Whether somebody has been told of the error."""
        self.watchers: dict[object, Callable[[Instance], None]] = {}
        """Who is to be told at once when the resource dies."""
        self._owner = owner
        self._dependencies = dependencies
        self._dependants: list[Instance] = []
        self._arguments = arguments
        self._trace = trace
        self._manager: _Manager | None = None
        self._is_wanted = True
        self._is_closing = False
        self._is_abandoned = False
        self._limit = Deadline(self)
        for dependency in dependencies.values():
            dependency._dependants.append(self)

    def launch(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        """Start the task of the resource, in the context of its scope.

        Args:
            loop: The loop, which runs.
            context: What the resource sets in it, its dependants and the test see.
        """
        self._loop = loop
        self._started: asyncio.Future[None] = asyncio.Future(loop=loop)
        self._closing: asyncio.Future[None] = asyncio.Future(loop=loop)
        self._over: asyncio.Future[None] = asyncio.Future(loop=loop)
        # A plain task: a task factory that starts it at once would enter a context that is entered already.
        self.task = asyncio.Task(self._live(), loop=loop, context=context, name=f"resource {self.declared.name}")
        self.task.add_done_callback(self._leave_dependencies)

    def _leave_dependencies(self, _task: object) -> None:
        if self._over.done():
            return  # given up before
        self._over.set_result(None)
        for dependency in self._dependencies.values():
            dependency._dependants.remove(self)  # one of the run has dependants in every test

    def values(self) -> list[object]:
        """Return the values of the user's that the resource consists of: what it gives, and the function suspended."""
        return [self.value] if self._manager is None else [self.value, self._manager.returned]

    async def wait_started(self) -> None:
        """Wait until the resource is ready, or is not going to be."""
        await asyncio.shield(self._started)

    def request_close(self) -> None:
        """Have the resource close as soon as all that depends on it has closed."""
        self._is_closing = True
        if not self._closing.done():
            self._closing.set_result(None)

    async def wait_closed(self) -> None:
        """Wait until the resource has ended."""
        await asyncio.wait([self._over])

    @property
    def is_starting(self) -> bool:
        """Whether it is not known yet whether the resource will be ready."""
        return self.state is State.STARTING

    @property
    def is_ready(self) -> bool:
        """Whether the resource can be used."""
        return self.state is State.READY

    @property
    def is_over(self) -> bool:
        """Whether nothing of the resource runs any more."""
        return self._over.done()

    def is_on(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Tell whether the resource lives on this loop."""
        return self._loop is loop

    def chain(self) -> "Iterator[Instance]":
        """Yield the resource and all that it depends on."""
        yield self
        for dependency in self._dependencies.values():
            yield from dependency.chain()

    def give_up(self) -> None:
        """Cancel the start of the resource: nobody wants it any more."""
        self._is_wanted = False
        cancel(self.task)

    def let_go(self) -> None:
        """Give up the resource, whose loop is closed, without a warning about its task."""
        _stdlib.tasks.silence(self.task)

    # What the watchdog does with it

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while it runs."""
        return self._loop if self._loop.is_running() else None

    def post(self, error: TimeoutFailure) -> None:
        """Do nothing: the failure comes out of the block that is bounded."""

    def interrupt(self, error: TimeoutFailure) -> None:  # noqa: ARG002 (it comes out of the block that is bounded)
        """Cancel the start or the close of the resource."""
        cancel(self.task)

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for a resource that refuses to end."""
        if not self._over.done():
            self._limit.end()
            closing.keep(self.task)
            self.state = State.FAILED
            self.error = error
            self._is_abandoned = True
            self._set_started()
            self._leave_dependencies(None)

    # The life of the resource, in its own task

    async def _live(self) -> None:
        try:
            manager = await self._start()
        except BaseException as error:
            self._fail(error, "when it was started")
            return
        finally:
            self._set_started()
        if manager is None or self._is_abandoned:
            return
        try:
            await self._closing
            for dependant in list(self._dependants):
                await dependant.wait_closed()
        except asyncio.CancelledError as cancellation:
            await self._die(manager, cancellation)
        else:
            await self._close(manager)

    def _set_started(self) -> None:
        if not self._started.done():
            self._started.set_result(None)

    def _bounded(self, phase: Phase, what: str) -> deadline.bounded:
        """Return what bounds a block by the time that the test class has for it."""
        budget = watchdog.current().budget(phase)
        return deadline.bounded(self._limit, budget, f"{what} of resource {self.declared}")

    @user_code.entry
    async def _start(self) -> "_Manager | None":
        """Enter the resource and return how to leave it; None if something that it depends on is not there."""
        for dependency in self._dependencies.values():
            await dependency.wait_started()
        if any(dependency.state is not State.READY for dependency in self._dependencies.values()):
            self.state = State.LEFT_OUT
            return None
        begin = time.monotonic()
        values = {name: dependency.value for name, dependency in self._dependencies.items()}
        owner = (self._owner,) if self.declared.takes_owner else ()
        arguments, keywords = self._arguments
        manager = _Manager(self.declared)
        with self._bounded(Phase.SET_UP, "the start"):
            self.value = await manager.enter(self.declared.function(*owner, *arguments, **{**values, **keywords}))
        if self._is_abandoned:
            return None
        self.state = State.READY
        self._manager = manager
        self._tell("started", begin)
        return manager

    async def _close(self, manager: "_Manager") -> None:
        self._manager = None
        begin = time.monotonic()
        try:
            with self._bounded(Phase.TEAR_DOWN, "the close"):
                await manager.leave(None)
        except BaseException as error:
            self._fail(error, "when it was closed")
            return
        self.state = State.CLOSED
        self._tell("closed", begin)

    async def _die(self, manager: "_Manager", cancellation: asyncio.CancelledError) -> None:
        """Leave the resource because something in it has cancelled its task, and tell those who use it."""
        self._manager = None
        try:
            with self._bounded(Phase.TEAR_DOWN, "the close"):
                await manager.leave(cancellation)
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                self._fail(error, "while it was in use")
        if self.error is None:
            self.state = State.FAILED
            self.error = ResourceError(
                f"resource {self.declared} ended while it was in use: something in it cancelled its task"
            )
        if not self._is_closing:  # else who closes it finds the error
            for tell in list(self.watchers.values()):
                tell(self)

    def _fail(self, error: BaseException, when: str) -> None:
        if self._is_abandoned:
            return  # reported when it was given up
        if isinstance(error, asyncio.CancelledError):
            if not self._is_wanted:
                self.state = State.LEFT_OUT
                return
            cancellation, error = error, ResourceError(f"resource {self.declared} was cancelled {when}")
            error.__cause__ = cancellation
        else:
            self._note(error, when)
        self.state = State.FAILED
        self.error = error

    def _note(self, error: BaseException, when: str) -> None:
        declared = self.declared
        error.add_note(f"raised by resource {declared} of scope {declared.scope.value} {when}")

    def _tell(self, what: str, begin: float) -> None:
        if self._trace is not None:
            seconds = time.monotonic() - begin
            self._trace(f"resource {self.declared.name!r} ({self.declared.scope.value}) {what} in {seconds:.3f} s")


class _Manager:
    """Enters and leaves what a function of a resource returned, whatever that is."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.returned: Any = None

    @user_code.entry
    async def enter(self, returned: Any) -> Any:
        """Enter it and return what it gives."""
        self.returned = returned
        if inspect.isasyncgen(returned):
            async for value in returned:
                return value
            raise ResourceError(f"resource {self._declared} never yielded: its function must yield once")
        if inspect.isgenerator(returned):
            for value in returned:
                return value
            raise ResourceError(f"resource {self._declared} never yielded: its function must yield once")
        if inspect.iscoroutine(returned):
            return await returned
        if isinstance(returned, AbstractAsyncContextManager):  # also of what can be awaited as well
            return await returned.__aenter__()
        if isinstance(returned, AbstractContextManager):
            return user_code.call(returned.__enter__)
        if inspect.isawaitable(returned):
            return await returned
        raise ResourceError(
            f"resource {self._declared} returned {returned!r}, which is no context manager. Make its function a "
            f"generator that yields the value once, or async def if there is nothing to close"
        )

    @user_code.entry
    async def leave(self, cancellation: asyncio.CancelledError | None) -> None:
        """Leave it; with a cancellation if something inside it has died."""
        returned = self.returned
        if inspect.isasyncgen(returned):
            await self._leave_asyncgen(cancellation)
        elif inspect.isgenerator(returned):
            self._leave_generator(cancellation)
        elif isinstance(returned, AbstractAsyncContextManager):
            await returned.__aexit__(*_details(cancellation))
        elif isinstance(returned, AbstractContextManager):
            user_code.call(returned.__exit__, _details(cancellation))

    @user_code.entry
    async def _leave_asyncgen(self, cancellation: asyncio.CancelledError | None) -> None:
        try:
            if cancellation is None:
                await anext(self.returned)
            else:
                await self.returned.athrow(cancellation)
        except StopAsyncIteration:
            return
        await self.returned.aclose()
        raise self._yielded_twice()

    @user_code.entry
    def _leave_generator(self, cancellation: asyncio.CancelledError | None) -> None:
        try:
            if cancellation is None:
                next(self.returned)
            else:
                self.returned.throw(cancellation)
        except StopIteration:
            return
        self.returned.close()
        raise self._yielded_twice()

    def _yielded_twice(self) -> ResourceError:
        return ResourceError(f"resource {self._declared} yielded twice: its function must yield once")


def _details(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)
