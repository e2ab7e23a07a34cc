"""Record where objects are made: cheap enough to do it for all of them, and resolved only for a finding."""

from collections.abc import Iterable, Iterator
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, TypeAlias

from aiounit import _stdlib
from aiounit._real import ast, asyncio, builtins, functools, os, traceback
from aiounit.introspect.attempts import attempt
from aiounit.introspect.awaits import await_chain, first_attribute, is_task
from aiounit.introspect.machinery import RUNNER
from aiounit.introspect.places import (
    Place,
    has_users,
    inner_place,
    is_users,
    make_place,
    strip_machinery,
    without_machinery,
)

__all__ = ["Origin", "Site", "creation", "creation_of", "made_at", "note", "places", "raised"]

# The file, the line and the function of each call in which a coroutine was made, innermost first.
Origin: TypeAlias = tuple[tuple[str, int, str], ...]


_Task: TypeAlias = asyncio.Task[object]


class Site(NamedTuple):
    """The raw record of where an object was made.

    Attributes:
        calls: The code, line and module of each call, innermost first, up to the test.
        cr_origin: The calls that have made the coroutine of the running task, as far as they are known.
    """

    calls: tuple[tuple[CodeType, int, str], ...] = ()
    cr_origin: Origin = ()


# How many tasks of a library are followed, each made by the next, and among how many tasks each is searched: it takes
# some 20 us to inspect one.
_MOST_PARENTS: Final = 5
_MOST_TASKS: Final = 20

_THREADING: Final = frozenset({"threading", "concurrent.futures.thread"})
_NOWHERE: Final = Place("<frozen nowhere>", 0, "", "")
_AIOUNIT: Final = os.path.dirname(os.path.dirname(__file__)) + os.sep


def note(frame: FrameType | None) -> Site:
    """Record where a frame and its callers are.

    Args:
        frame: The innermost frame.
    """
    entries = []
    while frame is not None and (module := frame.f_globals.get("__name__", "")) != RUNNER:
        entries.append((frame.f_code, frame.f_lineno, module))
        frame = frame.f_back
    return Site(tuple(entries), _origin_of_task(entries))


def _origin_of_task(calls: list[tuple[CodeType, int, str]]) -> Origin:
    """Return where the coroutine of the running task was made: a library may make objects in a task of its own."""
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    if task is None:
        return ()
    origin = _origin_of(task)
    if not origin or _has_users(Place(code.co_filename, line, "", module) for code, line, module in calls):
        return origin
    return _with_parents(task, origin)


def _origin_of(task: _Task) -> Origin:
    return getattr(_stdlib.tasks.coroutine_of(task), "cr_origin", None) or ()


def _has_users(places: Iterable[Place]) -> bool:
    return any(is_users(place) and not _is_machinery(place) for place in places)


def _is_machinery(place: Place) -> bool:
    return place.file.startswith(_AIOUNIT)


def _with_parents(task: _Task, origin: Origin) -> Origin:
    """Return where a task of a library was made, with the calls that Python no longer keeps.

    The task that has made it mostly waits for it, and is suspended in the outermost call that Python keeps. So the
    calls of that task are the missing ones. If several tasks are suspended in that call, by different calls, the maker
    is unknown.
    """
    tasks = _stdlib.tasks.few_tasks_of(task.get_loop(), _MOST_TASKS + 1) - {task}
    known = origin
    for _ in range(_MOST_PARENTS):
        if not origin or _has_users(creation_of(Site(cr_origin=known))):
            break
        parents = {calls: each for each in tasks if (calls := _leading_to(origin[-1], each)) is not None}
        if len(parents) != 1:
            break
        [(calls, parent)] = parents.items()
        tasks.remove(parent)
        origin = _origin_of(parent)
        known += calls + origin
    return known


def _leading_to(call: tuple[str, int, str], task: _Task) -> Origin | None:
    """Return the calls of a task around a call, innermost first; None if the task is not suspended in that."""
    chain = await_chain(task, into_tasks=False)
    file, _, name = call
    names = [(place.file, place.function.rpartition(".")[2]) for place in chain]
    if (file, name) not in names:
        return None
    return tuple((place.file, place.line, place.function) for place in chain[: names.index((file, name))][::-1])


def places(site: Site) -> tuple[Place, ...]:
    """Return a site as source lines, outermost first, without those that say nothing.

    If none of the calls is the user's, the calls that have made the task come before them.
    """
    calls = [Place(code.co_filename, line, code.co_qualname, module) for code, line, module in reversed(site.calls)]
    told = _tell_tale(calls)
    if site.cr_origin and inner_place([*told, _NOWHERE]) is _NOWHERE:
        return creation(creation_of(site)) + told
    return told


def creation(made: list[Place], started: tuple[Place, ...] = ()) -> tuple[Place, ...]:
    """Return where a coroutine was made, outermost first, without the calls that say nothing.

    Args:
        made: The result of `creation_of`.
        started: Where its thread or job was started; it is left out if a source line of the user's is known without it.
    """
    told = _tell_tale(made[::-1])
    if started and not has_users(told):
        return started + tuple(place for place in told if place.module not in _THREADING)
    return tuple(Place(place.file, place.line, _qualified(place), place.module) for place in told)


def raised(error: BaseException) -> tuple[Place, ...]:
    """Return where an error was raised, outermost first, without the calls that say nothing.

    Args:
        error: The error; the result is empty if it was never raised.
    """
    entries = [
        (each.f_code, line, each.f_globals.get("__name__", "")) for each, line in traceback.walk_tb(error.__traceback__)
    ]
    return places(Site(tuple(reversed(entries))))


def _tell_tale(noted: list[Place]) -> tuple[Place, ...]:
    kept = without_machinery(place for place in noted if not place.file.startswith(_AIOUNIT))
    while kept and kept[-1].package == "asyncio":
        kept.pop()  # which line of asyncio has made an object says nothing
    return tuple(kept)


def _qualified(place: Place) -> str:
    """Return the qualified name of a function: for where a coroutine was made, Python keeps only the last part."""
    if inner_place([place, _NOWHERE]) is not place:
        return place.function  # not the user's: its file may be long, and the name matters little
    names = [name for name, lines in _functions(place.file) if place.line in lines]
    fitting = [name for name in names if name.rpartition(".")[2] == place.function]
    return fitting[-1] if fitting else place.function


@functools.lru_cache(maxsize=64)
def _functions(file: str) -> list[tuple[str, range]]:
    """Return the functions of a file with their lines, outer functions first."""
    try:
        with builtins.open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):  # code that was typed in or generated, or a file that has changed
        return []
    return list(_walk(tree, ""))


def _walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, range]]:
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", range(child.lineno, (child.end_lineno or child.lineno) + 1)
            inner = f"{prefix}{child.name}.<locals>."
        elif isinstance(child, ast.ClassDef):
            inner = f"{prefix}{child.name}."
        yield from _walk(child, inner)


def creation_of(thing: object) -> list[Place]:
    """Return where a coroutine, or that of a task, was made, innermost first; nothing if Python has not recorded it.

    Python records it after ``sys.set_coroutine_origin_tracking_depth``, and for tasks in the debug mode of their loop.
    """
    return attempt([], _creation_of, thing)


def made_at(task: _Task) -> list[Place]:
    """Return where a task was made, outermost first, without the calls of aiounit, asyncio and test runners."""
    return [place for place in strip_machinery(creation_of(task)[::-1]) if place.package != "asyncio"]


def _creation_of(thing: Any) -> list[Place]:
    origin = first_attribute(_stdlib.tasks.coroutine_of(thing) if is_task(thing) else thing, "cr_origin")
    if origin or not is_task(thing):
        return [make_place(*each) for each in origin or ()]
    return [
        make_place(each.filename, each.lineno, each.name) for each in reversed(_stdlib.tasks.source_traceback(thing))
    ]
