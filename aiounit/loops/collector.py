"""Note when the garbage collector starts and stops, by callbacks in C that need no Python frame.

A collection may start where a test is at the recursion limit. A Python function in `gc.callbacks` can't be called
there, so Python would print a RecursionError that the test has no part in.
"""

import collections
from collections.abc import Callable
from typing import Any, ClassVar, Final

from aiounit._real import functools, gc, sys, time

__all__ = ["begin_run", "collect", "is_collecting", "last_start", "seconds_since", "watch"]

# When the last collection started and stopped. The later phase is the last key: each removes its own key first.
_times: Final = collections.defaultdict[str, float](time.monotonic)


class _Phases:
    """Has no attributes, so that looking one up notes the time under its name.

    `__missing__` is a method in C, and already bound, so that Python calls it with the name alone.
    """

    __slots__ = ()
    __getattr__: Any = _times.__missing__


def _note(phase: str, _info: object) -> None:
    """Note the time in Python 3.11, where calls in C count towards the recursion limit: `_Phases` nests three.

    Where even this function can't be called, Python 3.11 can't call the function that would print that either.
    """
    try:
        now = time.monotonic()
    except RecursionError:
        return
    _times[phase] = now


def _callbacks(*, in_c: bool) -> tuple[Callable[..., Any], ...]:
    """Return the callbacks, which the collector calls one after the other, each with the phase and a dictionary.

    The first removes the key of the phase: from Python 3.14 on, `__missing__` keeps the value of a key that is there.
    """
    return _times.pop, functools.partial(getattr, _Phases()) if in_c else _note


_CALLBACKS: Final = _callbacks(in_c=sys.version_info >= (3, 12))


def watch() -> None:
    """Note collections from now on; does nothing if they are noted."""
    if _CALLBACKS[-1] not in gc.callbacks:
        gc.callbacks.extend(_CALLBACKS)


# From Python 3.14 on, a collection of the middle generation may leave out objects that are young.
_HAS_GENERATIONS: Final = sys.version_info < (3, 14)

_MIDDLE: Final = 1
_ALL: Final = 2


class _Run:
    """How often the two older generations had been collected when the run began."""

    collections: ClassVar[list[int]] = []


def begin_run() -> None:
    """Take note that a run begins: objects of its tests are younger than those that there are."""
    _Run.collections = _count()


def collect() -> None:
    """Collect the objects that the tests of the run have made; these are all young if the run was short."""
    gc.collect(_MIDDLE if _HAS_GENERATIONS and _Run.collections == _count() else _ALL)


def _count() -> list[int]:
    return [generation["collections"] for generation in gc.get_stats()[_MIDDLE:]]


def is_collecting() -> bool:
    """Tell whether a collection runs: the objects that it destroys may be of any age."""
    return list(_times)[-1:] == ["start"]  # in one call, so that no collection starts in between


def last_start() -> float:
    """Return when the last collection started, in seconds of `time.monotonic`; 0 if none has."""
    return _times.get("start", 0.0)


def seconds_since(moment: float) -> float:
    """Return for how long the last collection ran since a moment.

    One that runs now counts only if it began after the moment. Looks after the first see its destructors, which are
    users' code.

    Args:
        moment: The moment, in seconds of `time.monotonic`.
    """
    stop = _times.get("stop", 0.0)  # first: if another collection starts in between, it is the last
    start = _times.get("start", 0.0)
    if start > stop:
        return time.monotonic() - start if start >= moment else 0.0
    return max(stop - max(start, moment), 0.0)
