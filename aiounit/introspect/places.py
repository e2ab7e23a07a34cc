"""Source lines that frames are at: which are the user's, which tell something, and how they are shown.

It is called from a signal handler and from other threads, while anything may be half done. So nothing here awaits,
raises, or calls code of the user's. What it returns is text and numbers only.
"""

from collections.abc import Iterable
from pathlib import Path, PurePath
from types import CodeType, FrameType
from typing import Final, NamedTuple

from aiounit._real import functools, inspect, itertools, linecache, os, traceback
from aiounit.introspect.attempts import attempt
from aiounit.introspect.machinery import AIOUNIT, RUNNER, top_package
from aiounit.introspect.names import short

__all__ = [
    "Place",
    "definition_of",
    "format_places",
    "frames_of",
    "has_users",
    "inner_place",
    "is_users",
    "make_place",
    "place_of",
    "places_of",
    "stack_of",
    "strip_machinery",
    "without_machinery",
]

_STDLIB: Final = f"{Path(os.__file__).parent}{os.sep}"


_OURS: Final = f"{Path(__file__).parent.parent}{os.sep}"


_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


# How many places of a chain are shown: the outermost, the innermost. Repetitions count once.
_OUTERMOST: Final = 10


_INNERMOST: Final = 25


# How often a line is shown that is repeated, as in a traceback.
_SAME: Final = 3


# What turns a loop.
_DRIVERS: Final = frozenset({"_run", "_run_once", "run_forever", "run_until_complete"})


class Place(NamedTuple):
    """A line of a file that something is at, or was made at. Several are listed as in a traceback, outermost first."""

    file: str
    line: int
    function: str
    module: str

    @property
    def package(self) -> str:
        """The outermost package of the module."""
        return top_package(self.module)

    @property
    def source(self) -> str:
        """The line itself without its indentation; nothing where it is not to be had."""
        return short(attempt("", linecache.getline, self.file, self.line).strip())

    def __str__(self) -> str:
        file = self.file.removeprefix(f"{attempt('?', os.getcwd)}{os.sep}")
        return f"{file}, line {self.line}, in {self.function}" + (f": {self.source}" if self.source else "")


def stack_of(frame: FrameType | None) -> list[Place]:
    """Return the places of a frame and of its callers, outermost first."""
    return places_of(reversed(frames_of(frame)))


def inner_place(places: Iterable[Place]) -> Place | None:
    """Return the innermost place in the user's code, or the innermost of all if none is, or None if there are none."""
    inner = list(places)[::-1]
    return next(filter(is_users, inner), inner[0] if inner else None)


def without_machinery(places: Iterable[Place]) -> list[Place]:
    """Leave out aiounit, what runs tests, what starts a thread and what turns the loop.

    What asyncio does in the user's name stays: it says what is waited for. One place always stays.
    """
    places = list(places)
    return strip_machinery(places) or places[-1:]


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


def strip_machinery(places: list[Place]) -> list[Place]:
    runner = next((index for index, place in enumerate(places) if place.module == RUNNER), 0)
    kept = (place for place in places[runner:] if not (place.package == AIOUNIT or _is_driver(place)))
    return list(itertools.dropwhile(lambda place: place.module in {"threading", "concurrent.futures.thread"}, kept))


def places_of(frames: Iterable[FrameType]) -> list[Place]:
    made: dict[tuple[CodeType, int | None], Place] = {}  # a recursion has very many frames, but few lines
    return [
        made.get(key) or made.setdefault(key, place_of(each))
        for each in frames
        for key in [(each.f_code, each.f_lineno)]
    ]


def frames_of(frame: FrameType | None) -> list[FrameType]:
    return [] if frame is None else [each for each, _ in traceback.walk_stack(frame)]


def place_of(frame: FrameType) -> Place:
    code, names = frame.f_code, frame.f_globals
    attempt(False, linecache.lazycache, code.co_filename, names)  # for a module in an archive, which is no file
    module = names.get("__name__")
    return make_place(code.co_filename, frame.f_lineno, code.co_qualname, module if isinstance(module, str) else "")


def make_place(file: str, line: int | None, function: str, module: str = "") -> Place:
    root = f"{Path(_OURS).parent}{os.sep}" if file.startswith(_OURS) else _STDLIB
    if module in {"", "__main__"} and file.startswith(root):
        module = file.removeprefix(root).removesuffix(".py").replace(os.sep, ".")
    return Place(file, line or 0, function, module)


def has_users(places: Iterable[Place]) -> bool:
    """Tell whether any of the places is in the user's code."""
    return any(map(is_users, places))


def is_users(place: Place) -> bool:
    """Tell whether a place is in the user's code: not in the standard library, an installed package or aiounit."""
    return not (_is_installed(place.file) or place.package == AIOUNIT)


@functools.lru_cache(maxsize=1024)
def _is_installed(file: str) -> bool:
    return file.startswith((_STDLIB, "<frozen ")) or not _INSTALLED.isdisjoint(PurePath(file).parts)


def _is_driver(place: Place) -> bool:
    if place.package == "asyncio":
        return place.module == "asyncio.runners" or place.function.rpartition(".")[2] in _DRIVERS
    is_unittest = place.package == "unittest" and place.module != "unittest.mock"
    return is_unittest or place.file == "<frozen runpy>"


def definition_of(function: object) -> Place | None:
    """Return the first line of a function, below its decorators if that is known; None if it has no code."""
    function = attempt(function, inspect.unwrap, function)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    line = next((line for _, _, line in code.co_lines() if line), None)
    return make_place(code.co_filename, line, code.co_qualname, getattr(function, "__module__", None) or "")
