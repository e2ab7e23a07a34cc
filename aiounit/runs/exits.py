"""Report the threads that keep the process alive: at its end, Python waits for all non-daemon threads.

The main thread is blocked in that wait, so a thread of aiounit reports. From Python 3.12 on, no thread can start once
the wait has begun. So aiounit's thread is started with the first non-daemon thread, and waits for the end.
"""

from collections.abc import Iterator
from typing import Final

from aiounit import _stdlib
from aiounit._real import contextlib, os, threading
from aiounit.checks import interception, starters
from aiounit.checks.findings import Finding, Reported, merge
from aiounit.introspect import sites
from aiounit.introspect.attempts import attempt
from aiounit.introspect.places import stack_of, without_machinery
from aiounit.limits.own_threads import OwnThread
from aiounit.loops import collector

__all__ = ["watch"]

# How long the threads may take to end, in seconds; scaled by `timeout_scale`, as budgets are.
_GRACE: Final = 2.0
# At most this many threads are described.
_MOST: Final = 5

_HEADLINE: Final = "the process has not ended for {:g} s, because Python waits for non-daemon threads"
_ANY: Final = "Stop and join it before the tests end, or make it a daemon: threading.Thread(..., daemon=True)"
# By the module of the function that the thread runs.
_REMEDIES: Final = {
    "concurrent.futures.thread": "End its job, and shut the executor down with a with statement or shutdown()",
    "aiosqlite.core": "Close the connection to the database: await connection.close()",
}


class _State:
    """Whether the end of the process is watched, and by which thread."""

    is_watched = False
    grace = _GRACE
    thread: OwnThread | None = None


_state: Final = _State()


def watch(scale: float) -> None:
    """Arrange for a report of the threads that keep the process alive. Each test calls this; only the first acts.

    Args:
        scale: The factor for the time that the threads have to end.
    """
    if not _state.is_watched:
        _state.grace = _GRACE * scale
        _state.is_watched = _stdlib.signals.call_at_shutdown(_begin)
        for thread in _keeping():
            _prepare(thread)
    if interception.replacements[0].own is None:  # for the first test of a run
        interception.put_in()
        collector.begin_run()


def _prepare(thread: threading.Thread) -> None:
    """Start aiounit's thread if a thread that is about to start is not a daemon."""
    if not _state.is_watched or attempt(True, lambda: thread.daemon):  # fails if Thread.__init__ was not called
        return
    if _state.thread is None or _state.thread.is_over:
        _state.thread = OwnThread(_wait, ends_before_fork=lambda: True)
        with contextlib.suppress(RuntimeError):  # the interpreter is ending, and starts no threads
            _state.thread.start()


def _forget() -> None:
    _state.thread = None


def _begin() -> None:
    if _state.thread is not None:
        _state.thread.bell.ring()


def _wait(thread: OwnThread) -> None:
    thread.bell.wait()
    if thread.is_ending:  # the process is about to fork, and no other thread is left
        return
    thread.bell.wait(_state.grace)
    with contextlib.suppress(Exception):  # standard error is closed, or a thread ends while it is described
        os.write(2, _describe(list(_keeping())).encode(errors="backslashreplace"))


def _keeping() -> Iterator[threading.Thread]:
    main = threading.main_thread()
    return (thread for thread in threading.enumerate() if not (thread is main or thread.daemon))


def _describe(threads: list[threading.Thread]) -> str:
    found = merge(Reported("threads", _finding(thread)) for thread in threads)
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    parts = [f"aiounit: {_HEADLINE.format(_state.grace)}:", *(each.text() for each in found[:_MOST]), *more]
    return "\n" + "\n\n".join(parts) + "\n" if found else ""


def _finding(thread: threading.Thread) -> Finding:
    frame = _stdlib.frames.current_frames().get(thread.ident or 0)
    places = without_machinery(stack_of(frame))
    target = _stdlib.threads.target_of(thread)
    function = getattr(target, "__qualname__", type(thread).__qualname__)
    return Finding(
        f"thread {thread.name!r} of {function}() is running",
        _REMEDIES.get(getattr(target, "__module__", ""), _ANY),
        name=thread.name,
        stack=sites.places(starters.site_of(thread)),
        heading="started here, most recent call last:",
        details=("it is here:", *(f"  {place}" for place in places)) if places else (),
    )


starters.on_every_start(_prepare)
if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=_forget)
