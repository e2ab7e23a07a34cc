"""Find the test or scope that the running code belongs to: by its context, or by its thread, which inherits it."""

import collections
from collections.abc import Callable, Iterator
from types import CoroutineType
from typing import Final, Never, TypeAlias

from aiounit import _stdlib
from aiounit._real import contextlib, sys, threading, weakref
from aiounit.checks import interception
from aiounit.checks.api import CheckContext, current_context
from aiounit.checks.events import tell
from aiounit.introspect import sites
from aiounit.introspect.places import Place

__all__ = [
    "adopt",
    "belonging_to",
    "here",
    "note_result",
    "on_every_start",
    "site_of",
    "started_at",
    "started_for",
]


class _Started:
    """Whose a thread is, which may change, and where it was started."""

    __slots__ = ("site", "subject")

    def __init__(self, subject: CheckContext, site: sites.Site) -> None:
        self.subject: CheckContext | None = subject
        self.site = site


class _Here(threading.local):
    """The start of a thread, and the test or scope whose job it does."""

    started: _Started | None = None
    subject: CheckContext | None = None


Coroutine: TypeAlias = "CoroutineType[object, Never, object]"  # which can't be made before 3.13

# How many calls Python keeps in a thread for each coroutine.
_DEPTH: Final = 9

# How many jobs are remembered that have returned a coroutine: as a rule it is dropped, or awaited, at once.
_MOST: Final = 100

_here: Final = _Here()
_results: Final[collections.deque[tuple[sites.Origin, sites.Site]]] = collections.deque(maxlen=_MOST)
_threads: Final[weakref.WeakKeyDictionary[threading.Thread, _Started]] = weakref.WeakKeyDictionary()
_all_starting: Final[list[Callable[[threading.Thread], None]]] = []


def here() -> CheckContext | None:
    """Return the test or scope that the running code belongs to; None if it is not known."""
    return current_context.get() or _here.subject or (None if _here.started is None else _here.started.subject)


def adopt(thread: threading.Thread, subject: CheckContext | None) -> None:
    """Let a thread, and those that it starts from now on, belong to another subject; None is none."""
    if thread in _threads:
        _threads[thread].subject = subject


@contextlib.contextmanager
def belonging_to(subject: CheckContext | None) -> Iterator[None]:
    """Let everything in this thread belong to a test or scope meanwhile: a job of the executor has no context."""
    former, _here.subject = _here.subject, subject
    try:
        yield
    finally:
        _here.subject = former


def started_at() -> tuple[Place, ...]:
    """Return where this thread was started, if a subject has."""
    return () if _here.started is None else sites.places(_here.started.site)


def note_result(result: object, site: sites.Site) -> None:
    """Take the result of a job, and where that was started: a coroutine is mostly dropped in another thread."""
    if isinstance(result, CoroutineType) and result.cr_origin is not None:
        # No other coroutine has this very tuple. Weak references to a coroutine are cleared before it is told of.
        _results.append((result.cr_origin, site))


def started_for(coroutine: Coroutine) -> tuple[Place, ...]:
    """Return where the job was started that has returned a coroutine, or else this thread, if that is known."""
    site = next((site for origin, site in reversed(_results) if origin is coroutine.cr_origin), None)
    return started_at() if site is None else sites.places(site)


def site_of(thread: threading.Thread) -> sites.Site:
    """Return where a thread was started, which is nowhere if no subject has."""
    started = _threads.get(thread)
    return sites.Site() if started is None else started.site


def on_every_start(note: Callable[[threading.Thread], None]) -> None:
    """Have a function called with each thread that is about to start, by a test or not."""
    _all_starting.append(note)


def _start(thread: threading.Thread | None) -> _Started | None:
    if thread is not None:
        for note in _all_starting:
            note(thread)
    subject = here()
    if subject is None or subject.is_over:
        return None
    site = sites.note(_stdlib.frames.frame(2))
    started = _Started(subject, site)
    if thread is not None:
        _threads[thread] = started
        tell(subject, "on_thread", thread)
    return started


def _begin(_thread: object, started: object) -> None:
    if isinstance(started, _Started):
        _here.started = started
        if started.subject is not None and started.subject.policy.wants_coroutines:
            sys.set_coroutine_origin_tracking_depth(max(_DEPTH, sys.get_coroutine_origin_tracking_depth()))


interception.replacements.extend(_stdlib.threads.on_thread(_start, _begin))
