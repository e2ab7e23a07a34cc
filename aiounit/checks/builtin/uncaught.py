"""Read everything off an uncaught error that a finding needs, at once, and describe it later."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, inspect, sys, threading, traceback
from aiounit.checks.api import ErrorContext, Future
from aiounit.checks.findings import Finding
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import places, representation, sites
from aiounit.introspect.names import qualified
from aiounit.introspect.places import Place
from aiounit.limits import deadline

__all__ = ["NOT_RETRIEVED", "Read", "context", "lost", "thread", "unraisable"]

NOT_RETRIEVED: Final = ", and nothing retrieved the error"

_CLAIM: Final = "if it is what the test is about, expect it with assertLoopError(), or take it with takeLoopError()"
_TASK: Final = f"Await the task, or handle the error where it is raised; {_CLAIM}"
# As asyncio begins to say it.
_DESTROYED: Final = "Task was destroyed"
_PENDING: Final = "Await it, or cancel it and await it, before its loop is closed"
_REMEDY: Final = f"Await what raised it, or handle the error where it is raised; {_CLAIM}"
_THREAD: Final = f"Handle the error in the thread; {_CLAIM}"
_UNRAISABLE: Final = f"Handle the error where it is raised: Python can raise it nowhere else; {_CLAIM}"

# The end of asyncio's message for errors that lie in a task or a future until it is destroyed.
_NEVER_RETRIEVED: Final = "exception was never retrieved"

# The keys of the context of an error: any other has an object that complains of itself.
_KEYS: Final = frozenset(
    {
        "asyncgen",
        "context",
        "exception",
        "future",
        "handle",
        "message",
        "protocol",
        "socket",
        "source_traceback",
        "task",
    }
    | {"transport"}
)

_IN_THREAD: Final = "Exception ignored in thread started by"

# Finds where an object was made, if that was noted.
Finder = Callable[[object], tuple[Place, ...]]


class Read(NamedTuple):
    """An error, and a function that describes it later, when there is time.

    Attributes:
        error: The error; made for a context that has only a message.
        describe: Returns the finding.
    """

    error: BaseException
    describe: Callable[[], Finding]


def context(told: ErrorContext, find: Finder = lambda _: ()) -> Read:
    """Read the context of an error that has reached a loop.

    Args:
        told: The context.
        find: Returns where a task or another object was made, if that was noted.
    """
    error: BaseException | None = told.get("exception")
    message: str = told.get("message") or "an error reached the event loop"
    future = told.get("task") or told.get("future")
    thing = future if future is not None else next((told[key] for key in told if key not in _KEYS), None)
    stack = _stack(told, thing, find)
    if error is None:
        return _complaint(message, thing, stack)
    if future is None:
        return _raised(error, type(error).__name__, f"{message}: ", "", _REMEDY, stack)
    name, words = _name(future, error)
    if message.endswith(_NEVER_RETRIEVED):
        return _raised(error, name, f"{words} failed with ", NOT_RETRIEVED, _TASK, stack)
    return _raised(error, name, f"{message}, {words}: ", "", _REMEDY, stack)


def lost(task: Future, error: BaseException, find: Finder) -> Read:
    """Read an error that lies in a task which is done.

    Args:
        task: The task.
        error: Its error.
        find: As for `context`.
    """
    return context({"message": f"Task {_NEVER_RETRIEVED}", "exception": error, "task": task}, find)


def thread(arguments: threading.ExceptHookArgs, made: tuple[Place, ...]) -> Read:
    """Read the arguments of `threading.excepthook`.

    Args:
        arguments: The arguments.
        made: Where the thread was started.
    """
    error = _error(arguments)
    name = "a thread" if arguments.thread is None else arguments.thread.name
    title = name if arguments.thread is None else f"thread {name!r}"
    what = f"{title} ended with {_in_words(error)}"
    return _light(error, name, what, _THREAD, made, "started here, most recent call last:")


def unraisable(arguments: "sys.UnraisableHookArgs", made: tuple[Place, ...]) -> Read:
    """Read the arguments of `sys.unraisablehook`.

    Args:
        arguments: The arguments.
        made: Where the thread was started that has raised the error, if a test has started it.
    """
    error = _error(arguments)
    words = _in_words(error)
    message = (arguments.err_msg or "").rstrip(":")
    # Since 3.13 the function may be in the message and not the object; but the outermost call is always that.
    thing = getattr(arguments.object, "__wrapped__", arguments.object)
    outermost = next((frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)), None)
    name = getattr(thing, "__qualname__", None) or type(thing).__qualname__
    if message.startswith(_IN_THREAD):
        function = message.removeprefix(_IN_THREAD).strip() or repr(thing)
        what = f"the thread started by {function} ended with {words}"
    elif outermost is not None and outermost.co_name == "__del__":
        name = outermost.co_qualname
        what = f"{name}() raised {words}, which Python can only print"
    else:
        what = f"{words} was raised where Python can only print it: {message or f'in {name}'}"
    return _light(error, name, what, _UNRAISABLE, made, "its thread was started here, most recent call last:")


def _in_words(error: BaseException) -> str:
    kind = type(error).__qualname__
    try:
        text: str = deadline.call_in_time(f"repr() of {kind}", representation.brief, error)
    except TimeoutFailure:
        return f"{kind}, whose repr() did not return in time"
    return text


def _error(arguments: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> BaseException:
    error: BaseException | None = arguments.exc_value
    return arguments.exc_type() if error is None else error


def _light(error: BaseException, name: str, what: str, remedy: str, made: tuple[Place, ...], heading: str) -> Read:
    """Return an error without anything that the frames of its traceback hold: an object that is being destroyed."""
    raised = sites.raised(error)
    heading_of_raised = "raised here, most recent call last:"
    if made:
        details = (heading_of_raised, *(f"  {place}" for place in raised)) if raised else ()
        finding = Finding(what, remedy, name=name, stack=made, heading=heading, details=details)
    else:
        finding = Finding(what, remedy, name=name, stack=raised, heading=heading_of_raised)
    return Read(error, lambda: finding)


def _raised(
    error: BaseException, name: str, before: str, after: str, remedy: str, stack: Callable[[], tuple[Place, ...]]
) -> Read:
    """Return an error with its traceback."""

    def describe() -> Finding:
        where = places.inner_place(sites.raised(error))
        what = f"{before}{_in_words(error)}{after}"
        return Finding(what, remedy, name=name, stack=stack(), where=where, error=error)

    return Read(error, describe)


def _complaint(message: str, thing: object, stack: Callable[[], tuple[Place, ...]]) -> Read:
    """Return the complaint of an object about itself, such as a session that is not closed."""
    if isinstance(thing, asyncio.Task):
        name, words = _name(thing, RuntimeError())
        is_destroyed = message.startswith(_DESTROYED)
        what = f"{words} was destroyed while it was pending" if is_destroyed else f"{message}: {words}"
        remedy = _PENDING if is_destroyed else _REMEDY
        return Read(RuntimeError(message), lambda: Finding(what, remedy, name=name, stack=stack()))
    kind = type(thing)
    what = message if thing is None else f"{message}: {qualified(kind)}"
    name = RuntimeError.__name__ if thing is None else kind.__qualname__
    remedy = _closing(kind)
    return Read(RuntimeError(message), lambda: Finding(what, remedy, name=name, stack=stack()))


def _closing(kind: type) -> str:
    """Return how an object is closed."""
    method = next((name for name in ("aclose", "close") if callable(getattr(kind, name, None))), None)
    if method is None:
        return _REMEDY if kind is type(None) else "Close it, or end it, before the test ends"
    is_awaited = method == "aclose" or inspect.iscoroutinefunction(getattr(kind, method))
    manager = "async with" if hasattr(kind, "__aenter__") else "with" if hasattr(kind, "__enter__") else ""
    return f"Close it: {'await ' if is_awaited else ''}{method}()" + (f", or use it in {manager!r}" if manager else "")


def _name(future: Future, error: BaseException) -> tuple[str, str]:
    """Return the name of a task or a future, and the words that name it."""
    if not isinstance(future, asyncio.Task):
        kind = type(future).__name__.lstrip("_")
        return type(error).__name__, "a future" if kind == "Future" else f"a future ({kind})"
    name, coroutine = future.get_name(), _stdlib.tasks.coroutine_of(future)
    function = getattr(coroutine, "__qualname__", None)
    if function is None:  # an eager task that has ended in its first step has let its coroutine go
        code = next((frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)), None)
        function = None if code is None else code.co_qualname
    return name, f"task {name!r}" + (f" ({function}())" if function else "")


def _stack(told: ErrorContext, thing: object, find: Finder) -> Callable[[], tuple[Place, ...]]:
    """Return a function that returns where a task or another object was made."""
    made = sites.creation_of(thing) if isinstance(thing, asyncio.Task) else []
    if not made:
        made = _places(told.get("source_traceback") or ())
    if made:
        return lambda: sites.creation(made)
    found = find(thing)
    return lambda: found


def _places(kept: Iterable[traceback.FrameSummary]) -> list[Place]:
    """Return the places of a traceback that a library or asyncio's debug mode has kept, innermost first."""
    try:
        calls = [(each.filename, each.lineno or 0, each.name) for each in kept]
    except (AttributeError, TypeError):
        return []
    return sites.creation_of(sites.Site(cr_origin=tuple(reversed(calls))))
