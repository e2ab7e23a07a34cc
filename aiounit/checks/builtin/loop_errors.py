"""Errors that nothing has caught: on a loop, in a task that nothing awaits, in a thread, or in a destructor."""

from collections.abc import Callable, Iterator
from types import FrameType
from typing import ClassVar, Final, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, logging, sys, threading, weakref
from aiounit._typing import override
from aiounit.checks import interception, starters
from aiounit.checks.api import Check, CheckContext, ErrorContext, Future, Interceptor, current_context
from aiounit.checks.builtin import deaths, uncaught, unclosed
from aiounit.checks.events import on_late_error
from aiounit.checks.findings import Finding
from aiounit.checks.ledger import Late
from aiounit.checks.leftovers import Leftovers
from aiounit.introspect import sites
from aiounit.introspect.machinery import top_package
from aiounit.limits.alarms import Interrupt
from aiounit.loops import collector

__all__ = ["Errors", "is_log_captured"]

# Python says this of a coroutine that was abandoned, for which something else is to blame.
_ABANDONED: Final = ("coroutine ignored GeneratorExit", "async generator ignored GeneratorExit")

# Beyond this number, references to tasks that are gone are dropped.
_MANY: Final = 1000

E = TypeVar("E", bound=BaseException)


class Errors(Leftovers["uncaught.Read | object"]):
    """Collects the errors that reach the loop, and those that lie in tasks that nothing awaits."""

    name: ClassVar[str] = "errors"
    looks_after_close: ClassVar[bool] = True
    _aiounit_interceptor: ClassVar[Interceptor | None] = _stdlib.threads.hooks

    def __init__(self) -> None:
        self._found: list[uncaught.Read] = []
        self._tasks: list[weakref.ref[Future]] = []
        self._many = _MANY
        self._openings = unclosed.Openings()
        self._before: list[uncaught.Read] = []
        self._shown: list[BaseException] = []

    @override
    def on_task(self, task: Future) -> None:
        """Take a task that was made."""
        self._tasks.append(weakref.ref(task))
        if len(self._tasks) > self._many:
            self._tasks = [each for each in self._tasks if each() is not None]
            self._many = max(_MANY, 2 * len(self._tasks))
        if task.done():  # an eager one, whose coroutine tells no more where it was made
            unclosed.note(task, sites.note(_stdlib.frames.frame(3)))

    @override
    def on_made(self, frame: FrameType) -> None:
        """Take the frame of an ``__init__``, whose object may complain of itself."""
        self._openings.note(unclosed.note_made(frame))

    @override
    def on_error(self, context: ErrorContext) -> None:
        """Take an error that has reached the loop, unless the test looks for it in asyncio's log."""
        if not is_log_captured():
            self.take(uncaught.context(context, unclosed.find))

    def take(self, read: uncaught.Read) -> None:
        """Take an error, unless it was taken before."""
        error = read.error
        if isinstance(error, asyncio.CancelledError | Interrupt) or any(error is each.error for each in self._found):
            return  # the leftovers of a test are cancelled, and some futures take that for an error
        self._found.append(read)

    @override
    def left(self, test: CheckContext) -> list[object]:
        """Return the errors that have come and are not claimed, and the objects that are not closed.

        A handler of the user's is going to be told of such objects when they are destroyed.
        """
        self._ask_tasks()
        found = [read for read in self._found if not any(read.error is each for each in self._shown)]
        things = list(self._openings.open())
        is_told = bool(things) and test.loop is not None and test.loop.get_exception_handler() is not None
        return [*found] if is_told else [*found, *things]

    @override
    def describe(self, thing: object, test: CheckContext) -> Finding:
        """Describe an error, or the complaint that an object makes when it is destroyed."""
        if isinstance(thing, uncaught.Read):
            return thing.describe()
        unclosed.report(thing)
        return uncaught.context({"message": unclosed.message(type(thing)), "thing": thing}, unclosed.find).describe()

    @override
    def give(self, thing: object, other: Check | None) -> None:
        """Leave an object to another check."""
        self._openings.remove(thing)
        if isinstance(other, Errors):
            other.take_open(thing)

    def take_open(self, thing: object) -> None:
        """Take an object that another check has left to this one."""
        self._openings.note(thing)

    def claim(self, find: Callable[[BaseException], E | None]) -> E | None:
        """Claim the first error that has come and that a function returns; return it, or None if there is none."""
        self._ask_tasks()
        for read in self._found:
            error = find(read.error)
            if error is not None:
                self._found.remove(read)
                return error
        return None

    def errors(self) -> list[BaseException]:
        """Return the errors that have come and are not claimed."""
        self._ask_tasks()
        return [read.error for read in self._found]

    @override
    def on_limit(self) -> None:
        """Keep the errors that have come before the limit expired; may run in a signal handler."""
        self._before = [] if is_log_captured() else list(self._come())

    def _come(self) -> Iterator[uncaught.Read]:
        yield from list(self._found)
        for reference in list(self._tasks):
            task = reference()
            lost = None if task is None else _stdlib.tasks.lost_error(task)
            if task is not None and lost is not None and not isinstance(lost, Interrupt):
                yield uncaught.lost(task, lost, unclosed.find)

    @override
    def on_timeout(self, failure: BaseException) -> None:
        """Have a timeout name the errors that had come before, which are then reported with it alone."""
        before, self._before = self._before, []
        reads = {id(each.error): each for each in before}
        self._shown += [each.error for each in reads.values()]
        deaths.explain(failure, list(reads.values()))

    def _ask_tasks(self) -> None:
        for task in list(self._lost()):
            error = task.exception()  # which counts as asking for it, so that it does not come again
            if error is not None and not is_log_captured():
                self.take(uncaught.lost(task, error, unclosed.find))

    def _lost(self) -> Iterator[Future]:
        for reference in self._tasks:
            task = reference()
            if task is not None and task.done() and _stdlib.tasks.has_lost_error(task):
                yield task


def is_log_captured() -> bool:
    """Return whether ``assertLogs`` captures asyncio's log: then the test expects the error."""
    logger: logging.Logger | None = logging.getLogger("asyncio")
    while logger is not None:
        if any(_stdlib.cases.is_capturing(handler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _note_late(subject: CheckContext, context: ErrorContext) -> None:
    """Take an error that has reached a loop when its test had ended."""
    if Errors in subject.policy.checks and not is_log_captured() and not unclosed.is_reported(context.values()):
        _take_late(subject.name, subject, uncaught.context(context, unclosed.find))


def _take_of_thread(arguments: threading.ExceptHookArgs) -> bool:
    if arguments.exc_type is SystemExit:
        return False
    return _take(starters.here(), uncaught.thread(arguments, starters.started_at()))


def _take_unraisable(arguments: "sys.UnraisableHookArgs") -> bool:
    thing = getattr(arguments.object, "__wrapped__", arguments.object)
    trace = arguments.exc_traceback
    module = str(getattr(thing, "__module__", "") if trace is None else trace.tb_frame.f_globals.get("__name__"))
    if (
        issubclass(arguments.exc_type, Warning)
        or top_package(module) == "asyncio"
        or _stdlib.unawaited.is_lost(arguments)
    ):
        return False  # it follows from something that is reported, or from a filter that turns warnings into errors
    if str(arguments.exc_value) in _ABANDONED:
        return False
    subject = starters.here()
    read = uncaught.unraisable(arguments, starters.started_at())
    if collector.is_collecting():  # it may be of any age
        return _take_late("", subject, read)
    return _take(subject, read)


def _take_of_loop(_loop: object, context: ErrorContext) -> None:
    thing = context.get("task") or context.get("future")
    where = None if thing is None else _stdlib.tasks.context_of(thing)
    subject = (None if where is None else where.get(current_context)) or starters.here()
    if not is_log_captured():
        _take(subject, uncaught.context(context))


def _take(subject: CheckContext | None, read: uncaught.Read) -> bool:
    """Give an error to the subject that it belongs to, and tell whether it is going to be reported."""
    check = None if subject is None else subject.check(Errors.name)
    if isinstance(check, Errors):
        check.take(read)
        return True
    return subject is not None and subject.is_over and _take_late(subject.name, subject, read)


def _take_late(name: str, subject: CheckContext | None, read: uncaught.Read) -> bool:
    """Have an error reported with the run; without a name it is not known whose it is."""
    if subject is None or Errors not in subject.policy.checks or isinstance(read.error, Interrupt):
        return False
    describe = (lambda: subject.placed(read.describe())) if name else read.describe
    subject.ledger.note_late(Late(name, subject.policy, Errors.name, describe))
    return True


on_late_error(_note_late)
_stdlib.threads.hooks.of_threads.take = _take_of_thread
_stdlib.threads.hooks.of_destructors.take = _take_unraisable
interception.replacements.append(_stdlib.threads.on_loop_error(_take_of_loop))
