"""Find the source lines of frames, select those that say something about a test, and format them.

It runs in a signal handler and in other threads, at any moment. So nothing here awaits, raises or calls the user's
code, and the results are only text and numbers.
"""

from collections.abc import Iterable
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

_STDLIB: Final = f"{os.path.dirname(os.__file__)}{os.sep}"


_OURS: Final = f"{os.path.dirname(os.path.dirname(__file__))}{os.sep}"
_ROOT_OF_OURS: Final = _OURS.removesuffix(f"{AIOUNIT}{os.sep}")


_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


# How many source lines of a chain are shown: the outermost and the innermost. Repetitions count once.
_OUTERMOST: Final = 10


_INNERMOST: Final = 25


# How often a line is shown that is repeated, as in a traceback.
_SAME: Final = 3


# The functions that run a loop.
_DRIVERS: Final = frozenset({"_run", "_run_once", "run_forever", "run_until_complete"})


class Place(NamedTuple):
    """A source line where code is suspended or runs, or where an object was made."""

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
        """The text of the line without its indentation; empty if it cannot be read."""
        return short(attempt("", linecache.getline, self.file, self.line).strip())

    def __str__(self) -> str:
        file = self.file.removeprefix(f"{attempt('?', os.getcwd)}{os.sep}")
        return f"{file}, line {self.line}, in {self.function}" + (f": {self.source}" if self.source else "")


def stack_of(frame: FrameType | None) -> list[Place]:
    """Return the source lines of a frame and of its callers, outermost first."""
    return places_of(reversed(frames_of(frame)))


def inner_place(places: Iterable[Place]) -> Place | None:
    """Return the innermost source line of the user's code; else the innermost of all, or None without any."""
    inner = list(places)[::-1]
    return next(filter(is_users, inner), inner[0] if inner else None)


def without_machinery(places: Iterable[Place]) -> list[Place]:
    """Leave out the source lines of aiounit, of test runners, and of functions that start a thread or run a loop.

    Functions of asyncio that the user's code calls stay: they say what it waits for. If nothing is left, the innermost
    source line stays.
    """
    places = list(places)
    return strip_machinery(places) or places[-1:]


def format_places(places: Iterable[Place]) -> str:
    """Format source lines as in a traceback, without repetitions and without the middle of a long chain."""
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
        if number > _SAME:  # as traceback does it, which takes very long for a deep recursion
            more = number - _SAME
            parts.append(f"  [Previous line repeated {more} more time{'s' * (more > 1)}]\n")
    return "".join(parts).rstrip("\n")


def strip_machinery(places: list[Place]) -> list[Place]:
    """Leave out the same as `without_machinery`, even if nothing is left."""
    runner = next((index for index, place in enumerate(places) if place.module == RUNNER), 0)
    kept = (place for place in places[runner:] if not (place.package == AIOUNIT or _is_driver(place)))
    return list(itertools.dropwhile(lambda place: place.module in {"threading", "concurrent.futures.thread"}, kept))


def places_of(frames: Iterable[FrameType]) -> list[Place]:
    """Return the source line of each frame."""
    made: dict[tuple[CodeType, int | None], Place] = {}  # a recursion has very many frames, but few lines
    return [
        made.get(key) or made.setdefault(key, place_of(each))
        for each in frames
        for key in [(each.f_code, each.f_lineno)]
    ]


def frames_of(frame: FrameType | None) -> list[FrameType]:
    """Return a frame and its callers, innermost first."""
    return [] if frame is None else [each for each, _ in traceback.walk_stack(frame)]


def place_of(frame: FrameType) -> Place:
    """Return the source line of a frame."""
    code, names = frame.f_code, frame.f_globals
    attempt(False, linecache.lazycache, code.co_filename, names)  # for a module in an archive, which is not a file
    module = names.get("__name__")
    return make_place(code.co_filename, frame.f_lineno, code.co_qualname, module if isinstance(module, str) else "")


@functools.lru_cache(maxsize=1024)
def make_place(file: str, line: int | None, function: str, module: str = "") -> Place:
    """Make a source line; find the module of aiounit's and Python's own files if it is not known."""
    root = _ROOT_OF_OURS if file.startswith(_OURS) else _STDLIB
    if module in {"", "__main__"} and file.startswith(root):
        module = file.removeprefix(root).removesuffix(".py").replace(os.sep, ".")
    return Place(file, line or 0, function, module)


def has_users(places: Iterable[Place]) -> bool:
    """Return whether any of the source lines is the user's code."""
    return any(map(is_users, places))


def is_users(place: Place) -> bool:
    """Return whether a source line is the user's: not of the standard library, an installed package or aiounit."""
    return not (_is_installed(place.file) or place.package == AIOUNIT)


@functools.lru_cache(maxsize=1024)
def _is_installed(file: str) -> bool:
    return file.startswith((_STDLIB, "<frozen ")) or not _INSTALLED.isdisjoint(os.path.normpath(file).split(os.sep))


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
