"""The life of one test: one coroutine, one task, from its first hook to its last cleanup.

A test is a list of steps in stdlib's order, made as it goes (what comes next depends on what has happened). Coroutine
functions run inside the task; everything else is handed outside, where no loop runs. Synchronous steps before the first
asynchronous one need no task yet, so a test without any never runs the loop.
"""

import asyncio
import contextlib
import contextvars
import enum
import inspect
import types
import warnings
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from typing import Any, Final
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _stdlib, closing
from aiounit.contexts import EnteredContext
from aiounit.exceptions import LoopError, NotAwaitedError
from aiounit.host import LoopHost, LoopLost
from aiounit.recording import Record
from aiounit.resources.instance import Instance
from aiounit.resources.provision import Provision
from aiounit.runner import Runner

__all__ = ["Lifecycle"]

_CLOSED: Final = (
    "the event loop of the test was closed before the test had ended. Something called loop.close(): leave the loop "
    "to aiounit, which closes it after the last cleanup"
)


_NOTHING: Final[Mapping[str, Any]] = {}


class _Where(enum.Enum):
    """Where a step runs."""

    INSIDE = enum.auto()  # awaited in the task
    OUTSIDE = enum.auto()  # called in the test's context while no loop runs
    TRAMPOLINE = enum.auto()  # called like that, and may have coroutines run inside the task: so there must be one


class _Step:
    # A plain class: every test makes some, and this is the cheapest to make.
    __slots__ = ("arguments", "function", "is_test", "keywords", "where")

    def __init__(
        self,
        where: _Where,
        function: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] = _NOTHING,
        *,
        is_test: bool = False,
    ) -> None:
        self.where = where
        self.function = function
        self.arguments = arguments
        self.keywords = keywords
        self.is_test = is_test


class Lifecycle:
    """Runs one test.

    Args:
        case: The test.
        method: Its test method, bound.
        record: Takes what happens.
        host: Runs the coroutine; opened and closed here, or taken and left if it is shared.
        context: The context of the test.
        provision: The resources that the test gets.
        expects_failure: Whether the test is declared to fail.
    """

    def __init__(
        self,
        case: IsolatedAsyncioTestCase,
        method: Callable[[], Any],
        record: Record,
        host: LoopHost,
        context: contextvars.Context,
        provision: Provision,
        *,
        expects_failure: bool,
    ) -> None:
        self._case = case
        self._method = method
        self.record = record
        self._host = host
        self._expects_failure = expects_failure
        self._context = context
        self.provision = provision
        self._returned: Any = None
        self._steps = self._plan()
        self._step: _Step | None = None
        self._runner = Runner(host)
        _stdlib.attach(case, self._runner, context)

    def run(self) -> None:
        """Run the test, its clean-up, and close the loop; what goes wrong goes to the record.

        Raises:
            KeyboardInterrupt: A second Ctrl-C; nothing more of the test is run.
        """
        try:
            self._host.open()
            self._step = next(self._steps, None)
            while not self._run_steps():
                self._host.close()
                self._host.open()  # what is left of the test is its clean-up, and that runs all the same
        except Exception as error:  # whatever the user's loop factory raises
            self.record.add(error)
        else:
            self._finish()
        finally:
            self.provision.take_back()
            self._runner.detach()
            self._host.close()

    def _run_steps(self) -> bool:
        """Run the steps that are left, and tell whether the loop is still there at the end."""
        self._run_outside()
        if self._step is not None and self._host.is_open:
            with contextlib.suppress(LoopLost):
                self._host.drive(self._run_inside(), context=self._context, name=self._case.id())
        self._add_interruptions()
        return self._host.is_open

    def _finish(self) -> None:
        self.record.close()
        for error in self._host.finish(closing.TIMEOUT):
            self.record.add(error)

    # What there is to do

    def _plan(self) -> Iterator[_Step]:
        record = self.record
        yield from self._plan_resources(self.provision)
        if record.ok:
            yield from self._plan_set_up()
        if record.ok:
            record.expect_failure(expected=self._expects_failure)
            yield self._plan_test()
            record.expect_failure(expected=False)
            yield from self._plan_tear_down()
        if type(self._case).doCleanups is not TestCase.doCleanups:
            yield _Step(_Where.TRAMPOLINE, self._case.doCleanups)
        while (cleanup := _stdlib.next_cleanup(self._case)) is not None:
            yield self._plan_cleanup(cleanup)
            if isinstance(self._returned, types.CoroutineType):  # of a plain function around a coroutine function
                yield _Step(_Where.INSIDE, _identity, (self._returned,))
        if self.provision.has_any:
            yield _Step(_Where.INSIDE, self._close_resources)

    def _plan_resources(self, provision: Provision) -> Iterator[_Step]:
        if provision.needs_loop():
            yield _Step(_Where.INSIDE, self._start_resources)
        else:
            provision.hand_out(self._context.run, self._resource_died)

    async def _start_resources(self) -> None:
        errors = await self.provision.start()
        for error in errors[:1]:
            self._add(error)
        if len(errors) > 1:
            self._add(BaseExceptionGroup("other resources went wrong too", errors[1:]))
        if not errors:
            self.provision.hand_out(_call, self._resource_died)

    async def _close_resources(self) -> None:
        self.provision.take_back()
        for error in await self.provision.close():
            self._add(error)

    def _resource_died(self, instance: Instance) -> None:
        if instance.error is not None and not instance.is_reported:
            instance.is_reported = True
            self._host.interrupt(instance.error)

    def _plan_set_up(self) -> Iterator[_Step]:
        case = self._case
        hook = _stdlib.call_hook(case, "_callSetUp")
        if hook is not None:
            yield _Step(_Where.TRAMPOLINE, hook)
            return
        if _is_overridden(case.setUp, TestCase.setUp):
            yield _Step(_Where.OUTSIDE, case.setUp)
        if self.record.ok and _is_overridden(case.asyncSetUp, IsolatedAsyncioTestCase.asyncSetUp):
            yield _Step(_Where.INSIDE, case.asyncSetUp)

    def _plan_test(self) -> _Step:
        method = self._method
        hook = _stdlib.call_hook(self._case, "_callTestMethod")
        if hook is not None:
            return _Step(_Where.TRAMPOLINE, hook, (method,), is_test=True)
        if _is_coroutine_function(method):
            return _Step(_Where.INSIDE, method, is_test=True)
        if _runs_examples(method):
            # Its examples run inside the task, in the test's context, which therefore must not be entered here.
            return _Step(_Where.TRAMPOLINE, self._context.copy().run, (method,), is_test=True)
        return _Step(_Where.OUTSIDE, method, is_test=True)

    def _plan_tear_down(self) -> Iterator[_Step]:
        case = self._case
        hook = _stdlib.call_hook(case, "_callTearDown")
        if hook is not None:
            yield _Step(_Where.TRAMPOLINE, hook)
            return
        if _is_overridden(case.asyncTearDown, IsolatedAsyncioTestCase.asyncTearDown):
            yield _Step(_Where.INSIDE, case.asyncTearDown)
        if _is_overridden(case.tearDown, TestCase.tearDown):
            yield _Step(_Where.OUTSIDE, case.tearDown)

    def _plan_cleanup(self, cleanup: _stdlib.Cleanup) -> _Step:
        function, arguments, keywords = cleanup
        hook = _stdlib.call_hook(self._case, "_callCleanup")
        if hook is not None:
            return _Step(_Where.TRAMPOLINE, hook, (function, *arguments), keywords)
        where = _Where.INSIDE if _is_coroutine_function(function) else _Where.OUTSIDE
        return _Step(where, function, arguments, keywords)

    # Doing it

    async def _run_inside(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        while (step := self._step) is not None:
            if step.where is _Where.INSIDE:
                await self._await(step, task)
            else:
                await self._host.outside(self._run_outside)
                self._note(self._host.take_cancellation())

    async def _await(self, step: _Step, task: asyncio.Task[Any]) -> None:
        if (cancellation := self.record.cancellation) is not None and not _leaves_context(step):
            # It came between two steps: the user's code gets it at its next await, as it would in one function. The
            # count of cancellations stays what it was, because whoever asked for it counts.
            self.record.cancellation = None
            task.uncancel()
            task.cancel(*cancellation.args)
        try:
            value = await step.function(*step.arguments, **step.keywords)
        except BaseException as error:
            self._raised(step, error)
            if isinstance(error, asyncio.CancelledError) and not self.record.entered:
                while task.cancelling():  # it is reported, and nobody is left who would count it
                    task.uncancel()
        else:
            self._check_returned(step, value)
            if task.cancelling():
                await self._catch_up()
        self._go_on()

    async def _catch_up(self) -> None:
        """Let a cancellation arrive that the user's code has not waited for."""
        try:
            await _pause()
        except asyncio.CancelledError as error:
            self._note(error)

    def _run_outside(self) -> None:
        """Run steps until one needs the task, or the loop is gone."""
        while (step := self._step) is not None and step.where is not _Where.INSIDE:
            if step.where is _Where.TRAMPOLINE and not self._host.is_driving:
                return
            try:
                if step.where is _Where.OUTSIDE:
                    value = self._host.call_in_context(step.function, *step.arguments, **step.keywords)
                else:
                    value = step.function(*step.arguments, **step.keywords)
            except BaseException as error:
                self._raised(step, error)
            else:
                self._check_returned(step, value)
            self._go_on()
            if not self._host.is_open:
                return

    def _go_on(self) -> None:
        self._add_interruptions()  # whose cancellation the step has swallowed
        if not self._host.is_open:
            self.record.add(LoopError(_CLOSED))
        self._step = next(self._steps, None)

    # What came of it

    def _raised(self, step: _Step, error: BaseException) -> None:
        self._returned = None
        if isinstance(error, GeneratorExit) and not self._host.is_open:
            raise error  # nobody's failure: the task itself is being closed
        if isinstance(error, LoopLost):
            return  # noticed and reported when the step is over
        expected = step.is_test and self._expects_failure
        if isinstance(error, asyncio.CancelledError) and self._add_interruptions(error, expected=expected):
            return
        if isinstance(error, KeyboardInterrupt):
            if self._host.interrupted:
                raise error  # the second: at once
            self._host.interrupted = True
        self._add(error, expected=expected)

    def _add_interruptions(self, cancellation: BaseException | None = None, *, expected: bool = False) -> bool:
        """Report why the task was interrupted, and tell whether it was.

        Args:
            cancellation: What came of it; says where the test stood.
            expected: Whether the test is declared to fail.
        """
        errors = self._host.take_interruptions()
        for error in errors:
            error.__context__ = error.__context__ or cancellation
            self._add(error, expected=expected)
        return bool(errors)

    def _add(self, error: BaseException, *, expected: bool = False) -> None:
        if isinstance(error, KeyboardInterrupt):
            self.record.add_interrupt(error)
        else:
            self.record.add(error, expected=expected)

    def _note(self, cancellation: asyncio.CancelledError | None) -> None:
        """Take a cancellation that interrupted no code of the user's."""
        if cancellation is not None and not self._add_interruptions():
            self.record.add_cancellation(cancellation)

    def _check_returned(self, step: _Step, value: Any) -> None:
        self._returned = value
        if value is None or not step.is_test:
            return
        if inspect.isawaitable(value) or inspect.isasyncgen(value) or inspect.isgenerator(value):
            if isinstance(value, types.CoroutineType):
                value.close()  # reported here, so no warning at garbage collection
            self.record.add(NotAwaitedError(_not_awaited(self._method, value)))
        else:
            _warn_of_value(self._method, value)


def _is_overridden(hook: Callable[..., Any], original: Callable[..., Any]) -> bool:
    return getattr(hook, "__func__", hook) is not original


def _leaves_context(step: _Step) -> bool:
    return isinstance(getattr(step.function, "__self__", None), EnteredContext)


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    code = getattr(function, "__code__", None)  # most often it is a plain function or a method of one, and that tells
    if type(code) is types.CodeType and code.co_flags & inspect.CO_COROUTINE:
        return True
    return inspect.iscoroutinefunction(function)


def _runs_examples(method: Callable[..., Any]) -> bool:
    """Tell whether Hypothesis wraps an ``async def`` test: the wrapper is synchronous."""
    handle = getattr(method, "hypothesis", None)
    return handle is not None and inspect.iscoroutinefunction(handle.inner_test)


def _call(function: Callable[[object], object], value: object) -> object:
    return function(value)


async def _identity(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await coroutine


@types.coroutine
def _pause() -> Generator[None, None, None]:
    """Let the loop turn once."""
    yield


def _not_awaited(method: Callable[..., Any], value: Any) -> str:
    return (
        f"{_describe(method)} returned {value!r}, which nobody awaits or iterates over, so its code has not run. "
        f"Make the test async def and await it there; if a decorator hides that the test is async def, "
        f"make the decorator's wrapper async def too"
    )


def _warn_of_value(method: Callable[..., Any], value: Any) -> None:
    # The place is the test method's: the frame that called it is ours.
    code = inspect.unwrap(method).__code__
    warnings.warn_explicit(
        f"It is deprecated to return a value that is not None from a test case "
        f"({_describe(method)} returned {type(value).__name__!r})",
        DeprecationWarning,
        code.co_filename,
        code.co_firstlineno,
    )


def _describe(method: Callable[..., Any]) -> str:
    return f"test {getattr(method, '__qualname__', repr(method))}"
