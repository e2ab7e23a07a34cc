"""Errors that nobody was there to catch: what reached the loop's exception handler, or ended a task nobody awaited."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib, _stdlib_hooks, introspect
from aiounit._real import asyncio, logging, re, weakref
from aiounit.alarms import Interrupt
from aiounit.checks import sites
from aiounit.checks.check import Subject, ToldCheck
from aiounit.findings import Finding

__all__ = ["Errors", "Expected", "is_log_captured", "read"]

_REMEDY: Final = (
    "Await what raised it, or handle the error where it is raised; if it is what the test is about, claim it with "
    "expectLoopError() or assertLoopError()"
)

# Beyond this number, references to tasks that are gone are dropped.
_MANY: Final = 1000

_ErrorTypes = type[BaseException] | tuple[type[BaseException], ...]


class Expected:
    """An error that a test expects to reach its loop.

    Args:
        kinds: Its type, or several.
        pattern: A regular expression that is searched for in its message; None takes any.
    """

    def __init__(self, kinds: _ErrorTypes, pattern: str | None) -> None:
        self.kinds = kinds
        self.pattern = pattern
        self.has_come = False

    def takes(self, error: BaseException) -> bool:
        """Tell whether it is the error that is expected."""
        return isinstance(error, self.kinds) and (self.pattern is None or bool(re.search(self.pattern, str(error))))

    def __str__(self) -> str:
        kinds = self.kinds if isinstance(self.kinds, tuple) else (self.kinds,)
        names = " or ".join(kind.__name__ for kind in kinds)
        return names if self.pattern is None else f"{names} with a message like {self.pattern!r}"


class Errors(ToldCheck):
    """Collects the errors that reach the loop, and those that are waiting in tasks which nobody has asked."""

    name: ClassVar[str] = "errors"
    looks_after_close: ClassVar[bool] = True

    def __init__(self) -> None:
        self._found: list[tuple[BaseException, Callable[[], Finding]]] = []
        self._tasks: list[weakref.ref[asyncio.Future[Any]]] = []
        self._many = _MANY
        self._expected: list[Expected] = []

    def note_task(self, task: asyncio.Future[Any]) -> None:
        """Take a task that was made."""
        self._tasks.append(weakref.ref(task))
        if len(self._tasks) > self._many:
            self._tasks = [each for each in self._tasks if each() is not None]
            self._many = max(_MANY, 2 * len(self._tasks))

    def note(self, context: dict[str, Any]) -> None:
        """Take what the loop was told of, unless the test is looking at asyncio's log for it."""
        if is_log_captured():
            return
        error, describe = read(context)
        if isinstance(error, asyncio.CancelledError | Interrupt) or any(error is each for each, _ in self._found):
            return  # what is left of a test is cancelled, and some futures take that for an error
        for expected in self._expected:
            if expected.takes(error):
                expected.has_come = True
                return
        self._found.append((error, describe))

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return the errors that have come and are not claimed."""
        self._ask_tasks()
        for _, describe in self._found:
            yield describe()
        for expected in self._expected:
            if not expected.has_come:
                yield Finding(
                    f"{expected} was expected to reach the event loop, and did not",
                    "Let the test run until it has, or take expectLoopError() away",
                )

    def expect(self, expected: Expected) -> None:
        """Claim an error that is going to come."""
        self._expected.append(expected)

    def claim(self, expected: Expected) -> BaseException | None:
        """Claim an error that has come and return it; None if it has not."""
        self._ask_tasks()
        for entry in self._found:
            if expected.takes(entry[0]):
                self._found.remove(entry)
                return entry[0]
        return None

    def seen(self) -> list[str]:
        """Return in short what has come and is not claimed."""
        return [repr(error) for error, _ in self._found]

    def _ask_tasks(self) -> None:
        for task in list(self._lost()):
            error = task.exception()  # which counts as asking for it, so that it does not come again
            self.note({"message": "nobody awaited the task that it ended", "exception": error, "task": task})

    def _lost(self) -> Iterator[asyncio.Future[Any]]:
        for reference in self._tasks:
            task = reference()
            if task is not None and task.done() and _stdlib_hooks.has_lost_error(task):
                yield task


def read(context: dict[str, Any]) -> tuple[BaseException, Callable[[], Finding]]:
    """Return the error that a loop was told of, and what describes it later, when there is time.

    Args:
        context: What the loop was told.
    """
    message: str = context.get("message") or "an error reached the event loop"
    error: BaseException = context.get("exception") or RuntimeError(message)
    thing = context.get("task") or context.get("future")
    made: list[introspect.Place] = []
    name = type(error).__name__
    if isinstance(thing, asyncio.Task):
        made = introspect.creation_of(thing)
        name, coroutine = thing.get_name(), _stdlib.coroutine_of(thing)
        message = f"{message}, task {name!r}"
        if coroutine is not None:  # as it is of an eager task that has ended in its first step
            message += f" of {getattr(coroutine, '__qualname__', coroutine)}()"
    cause: BaseException | None = context.get("exception")

    def describe() -> Finding:
        what = message if cause is None else f"{message}: {cause!r}"
        where = None if cause is None else introspect.inner_place(sites.raised(cause))
        return Finding(what, _REMEDY, name=name, stack=sites.creation(made), where=where, error=cause)

    return error, describe


def is_log_captured() -> bool:
    """Tell whether ``assertLogs`` captures what asyncio logs: then the test expects it."""
    logger: logging.Logger | None = logging.getLogger("asyncio")
    while logger is not None:
        if any(_stdlib_hooks.is_capturing(handler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False
