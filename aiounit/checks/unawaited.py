"""Which coroutines were never awaited, and which test made each: one hook in the process, for all tests.

Python says so when such a coroutine is destroyed. That is mostly at once, in the test; but it may be when the garbage
collector finds it, while another test runs. The lines where it was made, which Python keeps, tell whose it is then.
"""

import collections
import types
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias

from typing_extensions import override

from aiounit import _stdlib_hooks
from aiounit._real import functools, gc, sys, threading
from aiounit.checks.check import Subject, ToldCheck, current
from aiounit.checks.ledger import Late, Ledger
from aiounit.checks.policy import Policy
from aiounit.findings import Finding

__all__ = ["Origin", "Unawaited", "UnawaitedCheck", "begin", "end", "route"]

Unawaited: TypeAlias = "types.CoroutineType[Any, Any, Any]"  # which can't be made before 3.13

# The file, the line and the function of each call that has led to where one was made, innermost first.
Origin: TypeAlias = tuple[tuple[str, int, str], ...]

# How many calls Python keeps for each coroutine: enough to reach the user's own line from inside a library or a mock.
_DEPTH: Final = 4

# How many tests are remembered for the coroutines that they may have made.
_REMEMBERED: Final = 10_000


class UnawaitedCheck(ToldCheck):
    """What the checks share that look at such coroutines."""

    looks_after_close: ClassVar[bool] = True
    wants_coroutines: ClassVar[bool] = True

    def __init__(self) -> None:
        self._noted: list[Callable[[], Finding]] = []

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return those that were made by the test."""
        return [describe() for describe in self._noted]

    def note(self, coroutine: Unawaited) -> None:
        """Take a coroutine of the test."""
        self._noted.append(self.read(coroutine))

    @staticmethod
    def is_settled(_coroutine: Unawaited) -> bool:
        """Tell whether there is nothing more to say about it, so that not even Python is to warn."""
        return False

    @staticmethod
    def origin(coroutine: Unawaited) -> Origin:
        """Return where it was made, as far as that is known."""
        return coroutine.cr_origin or ()

    @staticmethod
    def read(coroutine: Unawaited) -> Callable[[], Finding]:
        """Read off a coroutine what is to be known of it, at once, and return what describes it, later.

        It is destroyed in the middle of somebody's code, on a loop that is to turn.
        """
        raise NotImplementedError


class _Past(NamedTuple):
    """A test that is over."""

    code: CodeType
    name: str
    failed: bool
    policy: Policy
    ledger: Ledger


class _Thread(threading.local):
    """The subjects of a thread that are not over, with where warnings went when each began, and what Python kept."""

    def __init__(self) -> None:
        self.subjects: list[tuple[Subject, tuple[object, ...]]] = []
        self.depth = 0


class _Watcher:
    """Says which test a coroutine belongs to."""

    def __init__(self) -> None:
        self._here = _Thread()
        self._past: collections.deque[_Past] = collections.deque(maxlen=_REMEMBERED)
        self._routes: dict[CodeType | None, type[UnawaitedCheck]] = {}
        self._is_hooked = False
        self._is_collecting = False

    def route(self, check: type[UnawaitedCheck], code: CodeType | None) -> None:
        """Have coroutines of some code noted by a check; None is all others."""
        self._routes[code] = check

    def begin(self, test: Subject) -> None:
        """Have coroutines noted that a subject makes."""
        here = self._here
        if not self._is_hooked:
            self._is_hooked = True
            _stdlib_hooks.on_unawaited(self._note)
            gc.callbacks.append(self._on_collection)
        if not here.subjects:
            here.depth = sys.get_coroutine_origin_tracking_depth()
            sys.set_coroutine_origin_tracking_depth(max(_DEPTH, here.depth))
        here.subjects.append((test, _stdlib_hooks.warnings_sink()))

    def end(self, test: Subject) -> None:
        """Note no more of them in its name, unless it is seen by where they were made."""
        here = self._here
        subjects = here.subjects
        if subjects and subjects[-1][0] is test:
            subjects.pop()
        elif any(subject is test for subject, _ in subjects):
            subjects[:] = [entry for entry in subjects if entry[0] is not test]
        else:
            return
        if not subjects:
            sys.set_coroutine_origin_tracking_depth(here.depth)
        if test.code is not None:
            self._past.append(_Past(test.code, test.name, test.failure is not None, test.policy, test.ledger))

    def _on_collection(self, phase: str, _details: object) -> None:
        self._is_collecting = phase == "start"

    def _note(self, coroutine: Unawaited, warn: Callable[[Unawaited], None]) -> None:
        check = self._routes.get(coroutine.cr_code) or self._routes[None]
        if check.is_settled(coroutine):
            return
        origin = check.origin(coroutine)
        if self._is_caught() or not (
            self._note_present(coroutine, check, origin) or self._note_past(coroutine, check, origin)
        ):
            warn(coroutine)

    def _is_caught(self) -> bool:
        """Tell whether the test that runs collects warnings itself."""
        sinks = [sink for subject, sink in self._here.subjects if subject.scope == "test"][-1:]
        sink = _stdlib_hooks.warnings_sink()
        return any(now is not then for former in sinks for now, then in zip(sink, former, strict=True))

    def _note_present(self, coroutine: Unawaited, check: type[UnawaitedCheck], origin: Origin) -> bool:
        """Take a coroutine of a subject that is not over, and tell whether it was one."""
        subject = self._present(origin)
        noting = None if subject is None else subject.check(check.name)
        if not isinstance(noting, UnawaitedCheck):
            return False
        noting.note(coroutine)
        return True

    def _present(self, origin: Origin) -> Subject | None:
        tests = [subject for subject, _ in self._here.subjects if subject.scope == "test"]
        for subject in reversed(tests):
            if subject.code is not None and _is_in(origin, subject.code):
                return subject
        # What the garbage collector finds may be of any age.
        if self._is_collecting or any(_is_in(origin, past.code) for past in self._past):
            return None
        return current.get() or (tests[-1] if tests else None)

    def _note_past(self, coroutine: Unawaited, check: type[UnawaitedCheck], origin: Origin) -> bool:
        """Take a coroutine of a test that is over, and tell whether it was one."""
        for past in reversed(self._past):
            if _is_in(origin, past.code) and check in past.policy.checks:
                if not past.failed:  # else it never got so far as to await it
                    past.ledger.note_late(Late(past.name, past.policy, check.name, check.read(coroutine)))
                return True
        return False


def _is_in(origin: Origin, code: CodeType) -> bool:
    """Tell whether a coroutine was made in a function, or in what that has called."""
    return any(file == code.co_filename and code.co_firstlineno <= line <= _last_line(code) for file, line, _ in origin)


@functools.lru_cache(maxsize=1000)
def _last_line(code: CodeType) -> int:
    lines = [line for _, _, line in code.co_lines() if line is not None]
    inner = [_last_line(each) for each in code.co_consts if isinstance(each, CodeType)]
    return max([code.co_firstlineno, *lines, *inner])


_watcher: Final = _Watcher()

route = _watcher.route
begin = _watcher.begin
end = _watcher.end
