"""Where something was made, noted so cheaply that it can be done for everything, and looked up only for a finding."""

from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

from aiounit import _stdlib, introspect
from aiounit._real import ast, asyncio, functools, itertools, os, traceback
from aiounit.introspect import Place

__all__ = ["Site", "creation", "note", "places", "raised"]


class Site(NamedTuple):
    """Where something was made, as raw as it can be noted.

    Attributes:
        calls: The code, line and module of each call, innermost first.
        cr_origin: The calls that have made the coroutine of the running task, as that keeps them.
    """

    calls: tuple[tuple[CodeType, int, str], ...] = ()
    cr_origin: tuple[tuple[str, int, str], ...] = ()


# How many calls are noted: enough to reach the user's own line from inside a library.
_MOST: Final = 16

_NOWHERE: Final = Place("<frozen nowhere>", 0, "", "")
_AIOUNIT: Final = str(Path(__file__).parent.parent) + os.sep


def note(frame: FrameType | None) -> Site:
    """Note where a frame and its callers are.

    Args:
        frame: The innermost frame.
    """
    entries = []
    for _ in itertools.repeat(None, _MOST):
        if frame is None:
            break
        entries.append((frame.f_code, frame.f_lineno, frame.f_globals.get("__name__", "")))
        frame = frame.f_back
    return Site(tuple(entries), _origin_of_task())


def _origin_of_task() -> tuple[tuple[str, int, str], ...]:
    """Return where the coroutine of the task was made that runs now; a library may have a task for what it makes."""
    task = asyncio.current_task() if _stdlib.is_loop_running() else None
    coroutine: Any = None if task is None else _stdlib.coroutine_of(task)
    return getattr(coroutine, "cr_origin", None) or ()


def places(site: Site) -> tuple[Place, ...]:
    """Return a site as places, outermost first, without the frames that say nothing.

    If no line of the user's is among the calls, those that have made the task come before them.
    """
    calls = [Place(code.co_filename, line, code.co_qualname, module) for code, line, module in reversed(site.calls)]
    told = _tell_tale(calls)
    if site.cr_origin and introspect.inner_place([*told, _NOWHERE]) is _NOWHERE:
        return creation(introspect.creation_of(site)) + told
    return told


def creation(made: list[Place]) -> tuple[Place, ...]:
    """Return where a coroutine was made, outermost first, without the frames that say nothing.

    Args:
        made: What `introspect.creation_of` says of it.
    """
    told = _tell_tale(made[::-1])
    return tuple(Place(place.file, place.line, _qualified(place), place.module) for place in told)


def raised(error: BaseException) -> tuple[Place, ...]:
    """Return where an error was raised, outermost first, without the frames that say nothing.

    Args:
        error: The error; one that was never raised comes from nowhere.
    """
    entries = [
        (each.f_code, line, each.f_globals.get("__name__", "")) for each, line in traceback.walk_tb(error.__traceback__)
    ]
    return places(Site(tuple(reversed(entries))))


def _tell_tale(noted: list[Place]) -> tuple[Place, ...]:
    kept = introspect.without_machinery(place for place in noted if not place.file.startswith(_AIOUNIT))
    while kept and kept[-1].module.partition(".")[0] == "asyncio":
        kept.pop()  # where in asyncio something was made tells nothing
    return tuple(kept)


def _qualified(place: Place) -> str:
    """Return the qualified name of a function: Python keeps only its own for where a coroutine was made."""
    if introspect.inner_place([place, _NOWHERE]) is not place:
        return place.function  # not the user's: its file may be long, and nobody looks for it
    names = [name for name, lines in _functions(place.file) if place.line in lines]
    fitting = [name for name in names if name.rpartition(".")[2] == place.function]
    return fitting[-1] if fitting else place.function


@functools.lru_cache(maxsize=64)
def _functions(file: str) -> list[tuple[str, range]]:
    """Return the functions of a file with their lines, outer ones first."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):  # typed in, generated, or changed meanwhile
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
