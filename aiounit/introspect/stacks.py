"""What tasks, await chains and threads are doing, and where they were made, in words.

It is called from a signal handler and from other threads, while anything may be half done. So nothing here awaits,
raises, or calls code of the user's, whose ``__repr__`` may block. What it returns is text and numbers only.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, concurrent, functools, gc, inspect, itertools, linecache, os, traceback

__all__ = [
    "Place",
    "attempt",
    "await_chain",
    "creation_of",
    "definition_of",
    "format_places",
    "has_users",
    "inner_place",
    "is_in",
    "is_users",
    "made_at",
    "name_of_callable",
    "name_of_task",
    "short",
    "stack_of",
    "state_of",
    "task_chain",
    "waits_for",
    "without_machinery",
]

T = TypeVar("T")

_STDLIB: Final = f"{Path(os.__file__).parent}{os.sep}"
_OURS: Final = f"{Path(__file__).parent.parent}{os.sep}"
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})

# How far await chains are followed, and how many names are shown where a few say as much as all.
_LONGEST: Final = 100_000
_MOST: Final = 5
# How many places of a chain are shown: the outermost, the innermost. Repetitions count once.
_OUTERMOST: Final = 10
_INNERMOST: Final = 25
# How often a line is shown that is repeated, as in a traceback.
_SAME: Final = 3
# How long a name or a line of source may be, in characters.
_WIDEST: Final = 200

# What a coroutine, a generator and an asynchronous generator wait for, and their frames.
_AWAITED: Final = ("cr_await", "gi_yieldfrom", "ag_await")
_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")

# Iterators that the interpreter puts between those. None says what it is around, but the first thing that the garbage
# collector finds in it is that.
_WRAPPERS: Final = frozenset(
    {"FutureIter", "anext_awaitable", "async_generator_asend", "async_generator_athrow", "coroutine_wrapper"}
)

# What turns a loop.
_DRIVERS: Final = frozenset({"_run", "_run_once", "run_forever", "run_until_complete"})


class Place(NamedTuple):
    """A line of a file that something is at, or was made at. Several are listed as in a traceback, outermost first."""

    file: str
    line: int
    function: str
    module: str

    @property
    def source(self) -> str:
        """The line itself without its indentation; nothing where it is not to be had."""
        return short(attempt("", linecache.getline, self.file, self.line).strip())

    def __str__(self) -> str:
        file = self.file.removeprefix(f"{attempt('?', os.getcwd)}{os.sep}")
        return f"{file}, line {self.line}, in {self.function}" + (f": {self.source}" if self.source else "")


def stack_of(frame: FrameType | None) -> list[Place]:
    """Return the places of a frame and of its callers, outermost first."""
    return _places(reversed(_frames(frame)))


def inner_place(places: Iterable[Place]) -> Place | None:
    """Return the innermost place in the user's code, or the innermost of all if none is, or None if there are none."""
    inner = list(places)[::-1]
    return next(filter(is_users, inner), inner[0] if inner else None)


def without_machinery(places: Iterable[Place]) -> list[Place]:
    """Leave out aiounit, what runs tests, what starts a thread and what turns the loop.

    What asyncio does in the user's name stays: it says what is waited for. One place always stays.
    """
    places = list(places)
    return _without_machinery(places) or places[-1:]


def format_places(places: Iterable[Place]) -> str:
    """Return the places as the lines of a traceback, without repetitions and without the middle of a long chain."""
    runs = [(place, len(list(same))) for place, same in itertools.groupby(places)]
    left_out = sum(number for _, number in runs[_OUTERMOST:-_INNERMOST])
    if not left_out:
        return _format(runs)
    return f"{_format(runs[:_OUTERMOST])}\n  ... {left_out:,} more calls ...\n{_format(runs[-_INNERMOST:])}"


def _format(runs: Iterable[tuple[Place, int]]) -> str:
    parts = []
    for place, number in runs:
        shown = [(place.file, place.line, place.function, place.source)] * min(number, _SAME)
        parts += traceback.StackSummary.from_list(shown).format()
        if number > _SAME:  # in Python's own words, which takes very long to find them for a deep recursion
            more = number - _SAME
            parts.append(f"  [Previous line repeated {more} more time{'s' * (more > 1)}]\n")
    return "".join(parts).rstrip("\n")


def short(text: str) -> str:
    """Return a text, or the beginning of one that is too long to be read."""
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def _without_machinery(places: list[Place]) -> list[Place]:
    runner = next((index for index, place in enumerate(places) if place.module == "aiounit.lifecycle.run"), 0)
    kept = (place for place in places[runner:] if not (is_in(place, "aiounit") or _is_driver(place)))
    return list(itertools.dropwhile(lambda place: place.module in {"threading", "concurrent.futures.thread"}, kept))


def _places(frames: Iterable[FrameType]) -> list[Place]:
    made: dict[tuple[CodeType, int | None], Place] = {}  # a recursion has very many frames, but few lines
    return [
        made.get(key) or made.setdefault(key, _place(each)) for each in frames for key in [(each.f_code, each.f_lineno)]
    ]


def _frames(frame: FrameType | None) -> list[FrameType]:
    return [] if frame is None else [each for each, _ in traceback.walk_stack(frame)]


def _place(frame: FrameType) -> Place:
    code, names = frame.f_code, frame.f_globals
    attempt(False, linecache.lazycache, code.co_filename, names)  # for a module in an archive, which is no file
    module = names.get("__name__")
    return _make_place(code.co_filename, frame.f_lineno, code.co_qualname, module if isinstance(module, str) else "")


def _make_place(file: str, line: int | None, function: str, module: str = "") -> Place:
    root = f"{Path(_OURS).parent}{os.sep}" if file.startswith(_OURS) else _STDLIB
    if module in {"", "__main__"} and file.startswith(root):
        module = file.removeprefix(root).removesuffix(".py").replace(os.sep, ".")
    return Place(file, line or 0, function, module)


def is_in(place: Place, package: str) -> bool:
    return place.module.partition(".")[0] == package


def has_users(places: Iterable[Place]) -> bool:
    """Tell whether any of the places is in the user's code."""
    return any(map(is_users, places))


def is_users(place: Place) -> bool:
    """Tell whether a place is in the user's code: not in the standard library, an installed package or aiounit."""
    return not (_is_installed(place.file) or is_in(place, "aiounit"))


@functools.lru_cache(maxsize=1024)
def _is_installed(file: str) -> bool:
    return file.startswith((_STDLIB, "<frozen ")) or not _INSTALLED.isdisjoint(PurePath(file).parts)


def _is_driver(place: Place) -> bool:
    if is_in(place, "asyncio"):
        return place.module == "asyncio.runners" or place.function.rpartition(".")[2] in _DRIVERS
    is_unittest = is_in(place, "unittest") and place.module != "unittest.mock"
    return is_unittest or place.file == "<frozen runpy>"


def await_chain(awaitable: object, *, into_tasks: bool = True) -> list[Place]:
    """Return where something that is awaited is suspended, outermost first.

    Args:
        awaitable: A coroutine, a generator, an asynchronous generator, a task, or what their ``await`` goes through.
        into_tasks: Whether to go on into the task that is waited for, if it is one.
    """
    return _places(_frames_in(_links(awaitable, into_tasks=into_tasks)))


def task_chain(task: asyncio.Task[Any], frame: FrameType | None = None, *, into_tasks: bool = True) -> list[Place]:
    """Return where a task is, outermost first, also if it is running.

    Args:
        task: The task.
        frame: The innermost frame of the thread that runs it. It may be any other if the task is suspended.
        into_tasks: Whether to go on into the task that is waited for, if it is one.
    """
    frames = _frames(frame) if attempt(True, _may_run, task) else []  # to ask each task for the frames takes too long
    outermost = next(_frames_in(_links(task, into_tasks=False)), None)
    if outermost not in frames:
        return await_chain(task, into_tasks=into_tasks)
    return stack_of(frame)[-frames.index(outermost) - 1 :]


def waits_for(awaitable: object) -> str:
    """Return in a few words what something that is suspended waits for; nothing where it can't be told."""
    return attempt("", _waits_for, _links(awaitable, into_tasks=False))


def creation_of(thing: object) -> list[Place]:
    """Return where a coroutine or that of a task was made, innermost first; nothing if that was not written down.

    It is with ``sys.set_coroutine_origin_tracking_depth``, and of tasks in the debug mode of their loop.
    """
    return attempt([], _creation_of, thing)


def _links(thing: Any, *, into_tasks: bool) -> list[Any]:
    """Return a thing, what it awaits, what that awaits, and so on; the last is a future, or not waited for."""
    links: list[Any] = []
    seen: set[int] = set()  # tasks may wait for each other
    task = None
    while thing is not None and id(thing) not in seen and len(links) < _LONGEST:
        links.append(thing)
        seen.add(id(thing))
        task = thing if attempt(False, asyncio.isfuture, thing) else task
        thing = attempt(None, _next, links, task, into_tasks)
    return links


def _next(links: list[Any], task: Any, into_tasks: bool) -> Any:
    last = links[-1]
    if last is not task:
        if type(last).__name__ in _WRAPPERS:
            return next((each for each in gc.get_referents(last) if not isinstance(each, type)), None)
        if _is_running(last):
            return None  # 3.12.1 crashes if a signal handler asks what it awaits when it has just been resumed
        return _get(last, *_AWAITED) or _stdlib.tasks.waiter_of(task)
    if last.done() or (len(links) > 1 and not into_tasks):
        return None
    inside = [_stdlib.tasks.coroutine_of(links[-1])] if _is_task(last) else _behind(links)
    return inside[0] if len(inside) == 1 else None


def _behind(links: list[Any]) -> list[Any]:
    """Return the pending futures that asyncio waits for in the place of the last link, which only tells it of them."""
    futures = _stdlib.tasks.futures_behind(links[-1])
    frame = next(_frames_in(reversed(links)), None)
    if not futures and frame is not None and is_in(_place(frame), "asyncio"):
        values, name = frame.f_locals, frame.f_code.co_name
        if name in {"wait", "_wait"}:
            futures = list(values.get("fs", ()))
        elif name == "wait_for":  # which makes a task on 3.11
            futures = [values["fut"]]
        elif isinstance(values.get("self"), asyncio.TaskGroup):
            futures = _stdlib.tasks.futures_behind(values["self"])
    return [each for each in futures if each is not links[-1] and not each.done()]


def _frames_in(links: Iterable[object]) -> Iterator[FrameType]:
    frames = (attempt(None, _get, link, *_FRAMES) for link in links)
    return (frame for frame in frames if isinstance(frame, FrameType))


def _get(thing: object, *names: str) -> Any:
    """Return the first attribute that the type has, or None: what only an instance has may be the user's code."""
    return next((getattr(thing, name) for name in names if hasattr(type(thing), name)), None)


def _is_task(thing: object) -> bool:
    return hasattr(type(thing), "get_coro")


def _is_running(thing: object) -> bool:
    # Not ag_running: an asynchronous generator counts as running as well while what it awaits is suspended.
    return _get(thing, "cr_running", "gi_running") is True


def _may_run(task: asyncio.Task[Any]) -> bool:
    return _get(_stdlib.tasks.coroutine_of(task), "cr_running", "gi_running") is not False


def _waits_for(links: list[Any]) -> str:
    last = links[-1]
    if len(links) == 1 or any(map(_is_running, links)):
        return ""
    if not asyncio.isfuture(last):
        has_begun = _get(last, "cr_suspended", "gi_suspended")
        return "" if has_begun is None else f"{'the next' if has_begun else 'its first'} turn of the loop"
    if last.done():
        return "the next turn of the loop"
    behind = [last] if _is_task(last) else _behind(links)
    if behind and isinstance(behind[0], concurrent.futures.Future):
        return f"a concurrent.futures.Future that is {'running' if behind[0].running() else 'pending'}"
    return _call_in(links, _names(behind)) or _names(behind) or f"<{type(last).__name__} pending>"


def _call_in(links: list[Any], names: str) -> str:
    """Return the call of a public function of asyncio's that the last link was made in."""
    for frame in _frames_in(reversed(links)):
        owner, _, method = frame.f_code.co_qualname.rpartition(".")
        if not is_in(_place(frame), "asyncio"):
            break
        if not method.startswith("_") or method.startswith("__a"):
            values = frame.f_locals
            delay = str(values["delay"]) if method == "sleep" and type(values["delay"]) in {int, float} else ""
            whole = names or (_repr(values["self"]) if "self" in values else "")
            return f"{owner or 'asyncio'}.{method}({delay})" + (f" of {whole}" if whole else "")
    return ""


def _repr(thing: object) -> str:
    if type(thing).__module__ == "asyncio.locks":  # whose __repr__ calls nobody else's
        return repr(thing)
    return f"<{type(thing).__name__} at {id(thing):#x}>"


def _names(futures: Iterable[Any]) -> str:
    names = [repr(short(name_of_task(each))) for each in futures if _is_task(each)]
    return f"task{'s' * (len(names) > 1)} {_listed(names)}" if names else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def name_of_task(task: asyncio.Task[Any]) -> str:
    return str(attempt("?", task.get_name))


def _creation_of(thing: Any) -> list[Place]:
    origin = _get(_stdlib.tasks.coroutine_of(thing) if _is_task(thing) else thing, "cr_origin")
    if origin or not _is_task(thing):
        return [_make_place(*each) for each in origin or ()]
    return [
        _make_place(each.filename, each.lineno, each.name) for each in reversed(_stdlib.tasks.source_traceback(thing))
    ]


def definition_of(function: object) -> Place | None:
    """Return the first line of a function, below its decorators if that is known; None if it has no code."""
    function = attempt(function, inspect.unwrap, function)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    line = next((line for _, _, line in code.co_lines() if line), None)
    return _make_place(code.co_filename, line, code.co_qualname, getattr(function, "__module__", None) or "")


def name_of_callable(thing: object) -> str:
    """Return the name of a callable, or of its type: its ``__repr__`` may be the user's code."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    name = attempt(None, getattr, thing, "__qualname__", None)
    return short(name) if isinstance(name, str) else f"of type {short(type(thing).__qualname__)}"


def state_of(task: asyncio.Task[Any]) -> str:
    """Return what a task is doing, as the rest of a sentence."""
    return attempt("can't be described", _state, task)


def made_at(task: asyncio.Task[Any]) -> list[Place]:
    """Return where a task was made, outermost first, without aiounit, asyncio and what runs tests."""
    return [place for place in _without_machinery(creation_of(task)[::-1]) if not is_in(place, "asyncio")]


def _state(task: asyncio.Task[Any]) -> str:
    if task.done():
        return "was cancelled" if task.cancelled() else "is done"
    times = task.cancelling()
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    waits = f"is waiting for {waits_for(task)}".removesuffix(" for ")
    state = "is running" if _is_running(_stdlib.tasks.coroutine_of(task)) else waits
    return f"was cancelled {often} and {state}" if times else state


def attempt(default: T, function: Callable[..., T], *arguments: object) -> T:
    """Return what a function returns, or the default where what it looks at is odd."""
    try:
        return function(*arguments)
    except Exception:
        return default
