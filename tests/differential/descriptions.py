"""The language that test classes are described in: what each piece of the user's code does, one action after the other.

Descriptions are values: they compare, and their repr is the code that makes them, so that what Hypothesis finds can be
pasted into a test.
"""

import asyncio
import contextlib
import contextvars
import inspect
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Protocol
from unittest import SkipTest

from tests.differential.stage import Stage, describe_error


class CustomError(BaseException):
    """An error that is no `Exception`."""


ErrorName = Literal[
    "AssertionError", "ValueError", "SkipTest", "CustomError", "SystemExit", "GeneratorExit", "StopAsyncIteration",
    "TimeoutError", "CancelledError", "KeyboardInterrupt", "ExceptionGroup", "BaseExceptionGroup",
]  # fmt: skip

ERRORS: Final[dict[str, Callable[[str], BaseException]]] = {
    "AssertionError": AssertionError,
    "ValueError": ValueError,
    "SkipTest": SkipTest,
    "CustomError": CustomError,
    "SystemExit": SystemExit,
    "GeneratorExit": GeneratorExit,
    "StopAsyncIteration": StopAsyncIteration,
    "TimeoutError": TimeoutError,
    "CancelledError": asyncio.CancelledError,
    "KeyboardInterrupt": KeyboardInterrupt,
    "ExceptionGroup": lambda label: ExceptionGroup("group", [AssertionError(label), SkipTest(label)]),
    "BaseExceptionGroup": lambda label: BaseExceptionGroup("group", [KeyboardInterrupt(label), ValueError(label)]),
}


class Action(Protocol):
    """One thing that a piece of the user's code does."""

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        """Do it, as a part of the test ``case``; a synchronous piece is played without ever being suspended."""


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an error."""

    error: ErrorName

    async def play(self, case: Any, stage: Stage, label: str) -> None:  # noqa: ARG002
        raise ERRORS[self.error](label)


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the loop turn. (In asynchronous code only.)"""

    async def play(self, case: Any, stage: Stage, label: str) -> None:  # noqa: ARG002
        await asyncio.sleep(0)
        stage.log(f"{label} goes on")


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the task that runs this; what it awaits next is told. (In asynchronous code only.)"""

    async def play(self, case: Any, stage: Stage, label: str) -> None:  # noqa: ARG002
        task = asyncio.current_task()
        assert task is not None
        task.cancel()


@dataclass(frozen=True, slots=True)
class AwaitCancelled:
    """Await a future that is cancelled. (In asynchronous code only.)"""

    async def play(self, case: Any, stage: Stage, label: str) -> None:  # noqa: ARG002
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.cancel, label)
        await future


@dataclass(frozen=True, slots=True)
class PressControlC:
    """Send the process the signal of Ctrl-C."""

    async def play(self, case: Any, stage: Stage, label: str) -> None:  # noqa: ARG002
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGINT)
            stage.log(f"{label} has pressed Ctrl-C")


@dataclass(frozen=True, slots=True)
class Block:
    """Do several things."""

    actions: tuple[Action, ...]

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        for number, action in enumerate(self.actions, 1):
            await action.play(case, stage, f"{label}.{number}")


@dataclass(frozen=True, slots=True)
class Catch:
    """Do things, and go on whatever they raise."""

    actions: tuple[Action, ...]

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        try:
            await Block(self.actions).play(case, stage, label)
        except BaseException as error:
            stage.log(f"{label} catches {describe_error(error)}")


@dataclass(frozen=True, slots=True)
class SubTest:
    """Do things in a subtest."""

    actions: tuple[Action, ...]
    message: str | None = None
    parameters: tuple[tuple[str, int], ...] = ()

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        message = () if self.message is None else (self.message,)
        with case.subTest(*message, **dict(self.parameters)), stage.in_subtest():
            await Block(self.actions).play(case, stage, label)
        stage.log(f"{label} is over")


@dataclass(frozen=True, slots=True)
class AddCleanup:
    """Register a cleanup."""

    function: "Function"
    with_async_method: bool = False

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        if self.function.is_async and stage.only_synchronous_cleanups or not stage.allow_cleanup():
            return
        cleanup = self.function.make(stage, f"cleanup {label}")
        add = case.addAsyncCleanup if self.with_async_method else case.addCleanup
        add(cleanup, case)


@dataclass(frozen=True, slots=True)
class DoCleanups:
    """Run the cleanups by hand."""

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        if stage.cleaning_by_hand or stage.open_subtests:
            return  # an overridden doCleanups would never end; DIFFERENCE
        before = stage.only_synchronous_cleanups
        if _is_entered_synchronously(case._asyncioTestContext):  # noqa: SLF001
            if any(inspect.iscoroutinefunction(function) for function, _, _ in case._cleanups):  # noqa: SLF001
                return
            stage.only_synchronous_cleanups = True
        stage.cleaning_by_hand = True
        try:
            case.doCleanups()
            stage.log(f"{label} has done the cleanups")
        finally:
            stage.cleaning_by_hand = False
            stage.only_synchronous_cleanups = before


def _is_entered_synchronously(context: contextvars.Context) -> bool:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        return False
    with contextlib.suppress(RuntimeError):
        context.run(int)
        return False
    return True


@dataclass(frozen=True, slots=True)
class Enter:
    """Enter a context manager for the rest of the test. (The asynchronous one in asynchronous code only.)"""

    enters: tuple[Action, ...] = ()
    exits: tuple[Action, ...] = ()
    exit_with: Literal["nothing", "true", "what it is given", "a chained error", "a group"] = "nothing"
    is_async: bool = True

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        if self.is_async:
            stage.log(f"{label} got {await case.enterAsyncContext(AsyncManager(self, case, stage, label))}")
        else:
            stage.log(f"{label} got {case.enterContext(SyncManager(self, case, stage, label))}")


@dataclass(frozen=True, slots=True)
class LeaveTask:
    """Leave a task behind, which does something when it is cancelled. (In asynchronous code only.)"""

    actions: tuple[Action, ...] = ()

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        case.left_behind = asyncio.create_task(self._wait(case, stage, label))
        await asyncio.sleep(0)

    async def _wait(self, case: Any, stage: Stage, label: str) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            stage.log(f"{label} is cancelled")
            await Block(self.actions).play(case, stage, label)


@dataclass(frozen=True, slots=True)
class RunLoop:
    """Use ``asyncio.run``: synchronous code can, because no loop runs."""

    actions: tuple[Action, ...] = ()

    async def play(self, case: Any, stage: Stage, label: str) -> None:
        asyncio.run(Block(self.actions).play(case, stage, label))
        stage.log(f"{label} is over")


class _Manager:
    """A context manager that does what an `Enter` says."""

    def __init__(self, description: Enter, case: Any, stage: Stage, label: str) -> None:
        self._description = description
        self._case = case
        self._stage = stage
        self._label = label

    async def _play_enter(self) -> str:
        self._stage.enter(f"{self._label} enter")
        await Block(self._description.enters).play(self._case, self._stage, f"{self._label} enter")
        return f"what {self._label} gives"

    async def _play_exit(self, error: BaseException | None) -> bool:
        self._stage.enter(f"{self._label} exit")
        self._stage.log(f"{self._label} is given {describe_error(error)}")
        await Block(self._description.exits).play(self._case, self._stage, f"{self._label} exit")
        if self._description.exit_with == "what it is given" and error is not None:
            raise error
        if self._description.exit_with == "a chained error":
            raise ValueError(f"{self._label} exit") from error
        if self._description.exit_with == "a group" and error is not None:
            raise BaseExceptionGroup("group", [error, ValueError(f"{self._label} exit")])
        return self._description.exit_with == "true"


class AsyncManager(_Manager):
    """An asynchronous context manager."""

    async def __aenter__(self) -> str:
        return await self._play_enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return await self._play_exit(error)


class SyncManager(_Manager):
    """A synchronous context manager."""

    def __enter__(self) -> str:
        return play_synchronously(self._play_enter())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return play_synchronously(self._play_exit(error))


Returned = Literal["None", "a number", "a coroutine", "a generator", "an async generator"]


@dataclass(frozen=True, slots=True)
class Function:
    """A hook, a test or a cleanup."""

    actions: tuple[Action, ...] = ()
    is_async: bool = False
    returns: Returned = "None"
    later: tuple[Action, ...] = ()
    """What the coroutine does that is returned."""

    def make(self, stage: Stage, label: str) -> Callable[[Any], Any]:
        """Make the function; it takes the test."""

        async def play_async(case: Any) -> object:
            return await self._play(case, stage, label)

        def play(case: Any) -> object:
            return play_synchronously(self._play(case, stage, label))

        return play_async if self.is_async else play

    async def _play(self, case: Any, stage: Stage, label: str) -> object:
        stage.enter(label)
        await Block(self.actions).play(case, stage, label)
        stage.log(f"{label} ends")
        match self.returns:
            case "None":
                return None
            case "a number":
                return 42
            case "a coroutine":
                return self._play_later(case, stage, label)
            case "a generator":
                return (each for each in ())
            case "an async generator":
                return _generate()

    async def _play_later(self, case: Any, stage: Stage, label: str) -> None:
        stage.enter(f"{label} later")
        await asyncio.sleep(0)
        await Block(self.later).play(case, stage, f"{label} later")


async def _generate() -> Any:
    yield 1


def play_synchronously(coroutine: Any) -> Any:
    """Run a coroutine that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a synchronous function waited for something")


HookName = Literal["_callSetUp", "_callTestMethod", "_callTearDown", "_callCleanup", "doCleanups"]


@dataclass(frozen=True, slots=True)
class Hook:
    """A private hook that the class overrides: it does what it did, and something before and after."""

    name: HookName
    before: Function = Function()
    after: Function = Function()


Decorator = Literal["skip", "skipIf", "skipIf not", "expectedFailure"]


@dataclass(frozen=True, slots=True)
class Result:
    """What the test reports to."""

    is_default: bool = False
    """Whether ``run`` is called without a result."""
    failfast: bool = False
    lacks: tuple[str, ...] = ()
    """The methods that an old result does not have."""


@dataclass(frozen=True, slots=True)
class Description:
    """A test class with one test, and how it is run."""

    test: Function = Function(is_async=True)
    set_up: Function | None = None
    async_set_up: Function | None = None
    async_tear_down: Function | None = None
    tear_down: Function | None = None
    hooks: tuple[Hook, ...] = ()
    on_method: tuple[Decorator, ...] = ()
    on_class: tuple[Decorator, ...] = ()
    failure_exception: ErrorName | None = None
    result: Result = Result()
    in_thread: bool = False
    """Whether the test is run in another thread than the main one."""
