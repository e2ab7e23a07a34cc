"""One started resource, in a task of its own that enters it and closes it.

So an anyio task group or ``asyncio.timeout`` may span its ``yield``, and independent resources start and close
concurrently. If a cancel scope inside the resource dies, it cancels this task: that is how the death is noticed.
"""

import enum
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any, Never, TypeAlias

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
    """The state of a resource."""

    STARTING = enum.auto()
    READY = enum.auto()
    LEFT_OUT = enum.auto()  # a dependency is not available
    FAILED = enum.auto()  # it did not start, or died while it was in use
    CLOSED = enum.auto()


class Instance:
    """A resource from its start to its end.

    Args:
        declared: The resource or factory.
        owner: The test or class that a method receives.
        dependencies: The instances for its parameters. They may still be starting.
        arguments: More arguments for the function: those of a call of a factory.
        trace: Called with a line when it has started and when it has closed; None for no trace.
    """

    def __init__(
        self,
        declared: Declared,
        owner: object,
        dependencies: dict[str, "Instance"],
        *,
        arguments: tuple[tuple[object, ...], dict[str, object]] = ((), {}),
        trace: Trace | None = None,
    ) -> None:
        self.declared = declared
        self.state = State.STARTING
        self.value: Any = None
        self.error: BaseException | None = None
        self.is_reported = False
        """Whether the error was reported."""
        self.watchers: dict[object, Callable[[Instance], object]] = {}
        """Functions to call as soon as the resource dies, by their watchers; others watch all of a holder."""
        self.on_failure: Callable[[], object] = bool
        """Called when the resource can't be used any more, because it has failed."""
        self.on_death: Callable[[Instance], object] = bool
        """Tells all watchers."""
        self.number = 0
        """How many resources its holder had started before."""
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
            loop: The running loop.
            context: The context of the scope. Its dependants and the test see the variables that the resource sets.
        """
        self._loop = loop
        self._started: asyncio.Future[None] = asyncio.Future(loop=loop)
        self._closing: asyncio.Future[None] = asyncio.Future(loop=loop)
        self._over: asyncio.Future[None] = asyncio.Future(loop=loop)
        # A plain task: an eager task factory would enter a context that is already entered.
        self.task = asyncio.Task(self._live(), loop=loop, context=context, name=f"resource {self.declared.name}")
        self.task.add_done_callback(self._leave_dependencies)

    def _leave_dependencies(self, _task: object) -> None:
        if self._over.done():
            return  # it was abandoned before
        self._over.set_result(None)
        for dependency in self._dependencies.values():
            dependency._dependants.remove(self)  # a resource of the run has dependants in every test

    def values(self) -> list[object]:
        """Return the user's objects that the resource consists of: its value, and the suspended function."""
        return [self.value] if self._manager is None else [self.value, self._manager.returned]

    async def wait_started(self) -> None:
        """Wait until the resource is ready, or has failed to start."""
        await asyncio.shield(self._started)

    def request_close(self) -> None:
        """Ask the resource to close. It does so when its dependants have closed."""
        self._is_closing = True
        if not self._closing.done():
            self._closing.set_result(None)

    async def wait_closed(self) -> None:
        """Wait until the resource is over."""
        await asyncio.wait([self._over])

    @property
    def is_starting(self) -> bool:
        """Whether the resource is neither ready yet nor has failed."""
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
        """Return whether the resource lives on this loop."""
        return self._loop is loop

    def chain(self) -> "Iterator[Instance]":
        """Yield the resource, its dependencies, and theirs."""
        yield self
        for dependency in self._dependencies.values():
            yield from dependency.chain()

    def give_up(self) -> None:
        """Cancel the start of the resource, because it is no longer needed."""
        self._is_wanted = False
        cancel(self.task)

    def let_go(self) -> None:
        """Silence the warning about the task of a resource whose loop is closed."""
        _stdlib.tasks.silence(self.task)

    # The interface for the watchdog

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while it runs."""
        return self._loop if self._loop.is_running() else None

    def post(self, error: TimeoutFailure) -> None:
        """Do nothing: the bounded block raises the failure."""

    def interrupt(self, error: TimeoutFailure) -> None:  # noqa: ARG002 (the bounded block raises it)
        """Cancel the start or the close of the resource."""
        cancel(self.task)

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for a resource that does not end."""
        if not self._over.done():
            self._limit.end()
            closing.keep(self.task)
            self.state = State.FAILED
            self.error = error
            self.on_failure()
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

    def _bounded(self, phase: Phase, step: str) -> deadline.bounded:
        """Return a context manager that bounds a block by the budget of the test class for a phase."""
        budget = watchdog.current().budget(phase)
        return deadline.bounded(self._limit, budget, f"{step} of resource {self.declared}")

    @user_code.entry
    async def _start(self) -> "_Manager | None":
        """Enter the resource and return its manager; None if a dependency is not available."""
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
        """Exit the resource after a cancellation from inside it, and tell its watchers."""
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
        self.on_failure()
        if not self._is_closing:  # while closing, the closing code finds the error
            self.on_death(self)

    def _fail(self, error: BaseException, when: str) -> None:
        if self._is_abandoned:
            return  # it was reported when it was abandoned
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

    def _tell(self, event: str, begin: float) -> None:
        if self._trace is not None:
            seconds = time.monotonic() - begin
            self._trace(f"resource {self.declared.name!r} ({self.declared.scope.value}) {event} in {seconds:.3f} s")


_Details: TypeAlias = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class _Manager:
    """Enters and exits the object that the function of a resource returned, of any supported kind."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.returned: object = None

    @user_code.entry
    async def enter(self, returned: object) -> object:
        """Enter the object and return the value of the resource."""
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
        if isinstance(returned, AbstractAsyncContextManager):  # first: such an object may also be awaitable
            return await returned.__aenter__()
        if isinstance(returned, AbstractContextManager):
            return user_code.call(returned.__enter__)
        if inspect.isawaitable(returned):
            return await returned
        raise ResourceError(
            f"resource {self._declared} returned {returned!r}, which is not a context manager. Make its function a "
            f"generator that yields the value once, or async def if there is nothing to close"
        )

    @user_code.entry
    async def leave(self, cancellation: asyncio.CancelledError | None) -> None:
        """Exit the object, with a cancellation if something inside it has died."""
        returned = self.returned
        if inspect.isasyncgen(returned):
            await self._leave_asyncgen(returned, cancellation)
        elif inspect.isgenerator(returned):
            self._leave_generator(returned, cancellation)
        elif isinstance(returned, AbstractAsyncContextManager):
            await returned.__aexit__(*_details(cancellation))
        elif isinstance(returned, AbstractContextManager):
            user_code.call(returned.__exit__, _details(cancellation))

    @user_code.entry
    async def _leave_asyncgen(
        self, generator: AsyncGenerator[object, Never], cancellation: asyncio.CancelledError | None
    ) -> None:
        try:
            if cancellation is None:
                await anext(generator)
            else:
                await generator.athrow(cancellation)
        except StopAsyncIteration:
            return
        await generator.aclose()
        raise self._yielded_twice()

    @user_code.entry
    def _leave_generator(
        self, generator: Generator[object, Never, object], cancellation: asyncio.CancelledError | None
    ) -> None:
        try:
            if cancellation is None:
                next(generator)
            else:
                generator.throw(cancellation)
        except StopIteration:
            return
        generator.close()
        raise self._yielded_twice()

    def _yielded_twice(self) -> ResourceError:
        return ResourceError(f"resource {self._declared} yielded twice: its function must yield once")


def _details(error: BaseException | None) -> _Details:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)
