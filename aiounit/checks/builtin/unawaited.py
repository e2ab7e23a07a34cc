"""Which coroutines were never awaited, and which test made each: one hook in the process, for all tests.

Python says so when such a coroutine is destroyed. That is mostly at once, in the test; but it may be when the garbage
collector finds it, while another test runs. The lines where it was made, which Python keeps, tell whose it is then.
"""

import collections
from collections.abc import Callable
from types import CodeType
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from aiounit import _stdlib
from aiounit._real import contextlib, functools, itertools, sys, threading
from aiounit._typing import override
from aiounit.checks import interception, starters
from aiounit.checks.api import CheckContext, Interceptor
from aiounit.checks.findings import Finding
from aiounit.checks.ledger import Late, Ledger
from aiounit.checks.leftovers import Leftovers
from aiounit.introspect.sites import Origin
from aiounit.loops import collector

if TYPE_CHECKING:
    from aiounit.checks.policy import Policy

__all__ = ["REMEDY", "Describe", "Origin", "Unawaited", "UnawaitedCheck", "route"]

REMEDY: Final = "Await it, or make a task of it; close() it if it is not to run"

_NO_PLACE: Final = (
    "Python does not tell where it was made: the garbage collector destroyed it in code that can't import warnings"
)

Unawaited: TypeAlias = starters.Coroutine
Describe: TypeAlias = Callable[[], Finding]

# How many calls Python keeps for each coroutine: enough to reach the user's own line from inside a library or a mock.
# It is another number for each of several tests in a row, so that a coroutine whose test isn't among its calls is known
# to be of another test if it has another number of them. It costs some 80 ns for each call.
_DEPTHS: Final = (5, 6, 7, 8)

# Fixtures have another number, because they exist while tests run.
_DEPTH_OF_FIXTURES: Final = 9

# How many tests are remembered for the coroutines that they may have made.
_REMEMBERED: Final = 10_000


class _Past:
    """A test that is over."""

    __slots__ = ("code", "failed", "ledger", "name", "policy")

    def __init__(self, code: CodeType, test: CheckContext) -> None:
        self.code = code
        self.name = test.name
        self.failed = test.failure is not None
        self.policy = test.policy
        self.ledger = test.ledger


class _Live:
    """A subject that is not over.

    Attributes:
        subject: The subject.
        sink: The receivers of warnings when it began.
        depth: How many calls Python keeps for each coroutine that it makes in the thread where it began.
    """

    __slots__ = ("depth", "sink", "subject")

    def __init__(self, subject: CheckContext, sink: tuple[object, ...], depth: int) -> None:
        self.subject = subject
        self.sink = sink
        self.depth = depth


class _Thread(threading.local):
    """The subjects that have begun in a thread and are not over, and how many calls Python kept before."""

    def __init__(self) -> None:
        self.live: list[_Live] = []
        self.depth = 0


class _Watcher:
    """Says which test a coroutine belongs to."""

    def __init__(self) -> None:
        self._here = _Thread()
        self._live: dict[CheckContext, _Live] = {}
        self._past: collections.deque[_Past] = collections.deque(maxlen=_REMEMBERED)
        self._routes: list[tuple[type[UnawaitedCheck], Callable[[], CodeType | None]]] = []
        self._others: type[UnawaitedCheck] | None = None
        self._depths = itertools.cycle(_DEPTHS)
        self._last: tuple[Policy, Ledger] | None = None
        self._is_watching = False
        self._lost: tuple[float, int | str] = 0.0, ""
        interception.replacements.append(_stdlib.unawaited.on_unawaited(self._note))
        interception.replacements.append(_stdlib.unawaited.on_lost(self._note_lost))

    def route(self, check: "type[UnawaitedCheck]", find_code: Callable[[], CodeType | None] | None = None) -> None:
        """Let a check take the coroutines of some code.

        Args:
            check: The check.
            find_code: Returns the code, or None while its module is not imported. By default, the check takes all
                coroutines that no other check takes.
        """
        if find_code is None:
            self._others = check
        else:
            self._routes.append((check, find_code))

    def _check_for(self, code: CodeType | None) -> "type[UnawaitedCheck]":
        assert self._others is not None
        found = (check for check, find_code in self._routes if code is not None and find_code() is code)
        return next(found, self._others)

    def begin(self, test: CheckContext) -> None:
        """Take note of the coroutines that a test or scope makes."""
        here = self._here
        if not self._is_watching:
            self._is_watching = True
            collector.watch()
        lives = here.live
        if not lives:
            here.depth = sys.get_coroutine_origin_tracking_depth()
        depth = next(self._depths) if test.scope == "test" else _DEPTH_OF_FIXTURES
        depth = max(depth, here.depth)
        sys.set_coroutine_origin_tracking_depth(depth)
        live = _Live(test, _stdlib.unawaited.warnings_sink(), depth)
        lives.append(live)
        self._live[test] = live
        self._last = test.policy, test.ledger

    def end(self, test: CheckContext) -> None:
        """Take no more of them, except those that are known by their lines to belong to it."""
        if self._live.pop(test, None) is None:
            return
        here = self._here
        lives = here.live
        if lives and lives[-1].subject is test:
            lives.pop()
        else:
            lives[:] = [live for live in lives if live.subject is not test]
        sys.set_coroutine_origin_tracking_depth(lives[-1].depth if lives else here.depth)
        if test.code is not None:
            self._past.append(_Past(test.code, test))

    def _note(self, coroutine: Unawaited, warn: Callable[[Unawaited], None]) -> None:
        check = self._check_for(coroutine.cr_code)
        if check.is_settled(coroutine):
            return
        origin = check.origin(coroutine)
        if self._is_caught() or not (
            self._note_present(coroutine, check, origin)
            or self._note_past(coroutine, check, origin)
            or self._note_unknown(coroutine, check, origin)
        ):
            warn(coroutine)

    def _note_lost(self, thing: _stdlib.unawaited.Lost, is_lost: bool) -> bool:
        """Take a coroutine that Python fails to warn of, twice, and tell whether Python need not print its error."""
        mark = collector.last_start(), thing if isinstance(thing, str) else id(thing)
        if mark == self._lost:
            return True
        if not is_lost:
            return False
        self._lost = mark
        if not isinstance(thing, str):
            with contextlib.suppress(Warning):  # a filter makes errors of warnings
                _stdlib.unawaited.warn(thing)
                return True
            return False
        name = thing.removeprefix("<coroutine object ").partition(" at ")[0]
        check = self._check_for(None)
        # That of a mock may be allowed, which only the coroutine itself would tell.
        codes = [find_code() for _, find_code in self._routes]
        is_special = any(code is not None and code.co_qualname == name for code in codes)
        if is_special or self._last is None or check not in self._last[0].checks:
            return False
        policy, ledger = self._last
        finding = Finding(f"coroutine {name}() was never awaited", REMEDY, name=name, details=(_NO_PLACE,))
        ledger.note_late(Late("", policy, check.name, lambda: finding))
        return True

    def _is_caught(self) -> bool:
        """Return whether the running test collects warnings itself."""
        subject = starters.here()
        live = None if subject is None else self._live.get(subject)
        tests = [
            each for each in (live, *reversed(self._here.live)) if each is not None and each.subject.scope == "test"
        ]
        sink = _stdlib.unawaited.warnings_sink()
        return any(now is not then for each in tests[:1] for now, then in zip(sink, each.sink, strict=True))

    def _note_present(self, coroutine: Unawaited, check: "type[UnawaitedCheck]", origin: Origin) -> bool:
        """Take a coroutine of a subject that is not over, and tell whether it was one."""
        subject = self._present(origin)
        noting = None if subject is None else subject.check(check.name)
        if not isinstance(noting, UnawaitedCheck):
            return False
        noting.note(coroutine)
        return True

    def _present(self, origin: Origin) -> CheckContext | None:
        tests = [live.subject for live in self._here.live if live.subject.scope == "test"]
        others = [subject for subject in list(self._live) if subject.scope == "test"]
        for subject in (*reversed(tests), *others):
            if subject.code is not None and _is_in(origin, subject.code):
                return subject
        # A coroutine that the garbage collector finds may be of any age.
        if collector.is_collecting() or any(_is_in(origin, past.code) for past in self._past):
            return None
        present = starters.here() or (tests[-1] if tests else None)
        return None if present is None or self._is_of_another(origin, present) else present

    def _is_of_another(self, origin: Origin, subject: CheckContext) -> bool:
        """Return whether a coroutine was made by another test than the given one."""
        live = self._live.get(subject)
        if live is None or subject.scope != "test" or live not in self._here.live:
            return False
        return len(origin) in _DEPTHS and len(origin) != live.depth and not _reaches_bottom(origin)

    def _note_unknown(self, coroutine: Unawaited, check: "type[UnawaitedCheck]", origin: Origin) -> bool:
        """Take a coroutine that some test has made, and tell whether it was one; others have kept no calls."""
        is_ours = min(_DEPTHS) <= len(origin) <= _DEPTH_OF_FIXTURES  # asyncio's debug mode keeps 10 calls
        if not is_ours or self._last is None or check not in self._last[0].checks:
            return False  # no test has made it that looks for coroutines
        if any(_is_in(origin, past.code) for past in self._past):
            return False  # that is known, and does not look for them
        policy, ledger = self._last
        ledger.note_late(Late("", policy, check.name, check.read(coroutine)))
        return True

    def _note_past(self, coroutine: Unawaited, check: "type[UnawaitedCheck]", origin: Origin) -> bool:
        """Take a coroutine of a test that is over, and tell whether it was one."""
        for past in reversed(self._past):
            if _is_in(origin, past.code) and check in past.policy.checks:
                if not past.failed:  # else it never got so far as to await it
                    past.ledger.note_late(Late(past.name, past.policy, check.name, check.read(coroutine)))
                return True
        return False


def _reaches_bottom(origin: Origin) -> bool:
    """Return whether Python has kept all calls, of a thread for example: then their number is not a mark of a test."""
    file, _, function = origin[-1]
    return function == "<module>" or (file, function) in _stdlib.threads.OUTERMOST


def _is_in(origin: Origin, code: CodeType) -> bool:
    """Return whether a coroutine was made in a function, or in a function that it has called."""
    return any(file == code.co_filename and code.co_firstlineno <= line <= _last_line(code) for file, line, _ in origin)


@functools.lru_cache(maxsize=1000)
def _last_line(code: CodeType) -> int:
    lines = [line for _, _, line in code.co_lines() if line is not None]
    inner = [_last_line(each) for each in code.co_consts if isinstance(each, CodeType)]
    return max([code.co_firstlineno, *lines, *inner])


_watcher: Final = _Watcher()

route = _watcher.route


class UnawaitedCheck(Leftovers[Describe]):
    """Finds coroutines that were never awaited: a base for the checks that divide them between them."""

    looks_after_close: ClassVar[bool] = True
    _aiounit_interceptor: ClassVar[Interceptor | None] = _watcher
    _aiounit_wants_coroutines: ClassVar[bool] = True

    def __init__(self) -> None:
        self._noted: list[Describe] = []

    @override
    def left(self, test: CheckContext) -> list[Describe]:
        """Return the coroutines that were made by the test, each as a function that describes it."""
        return self._noted

    @override
    def describe(self, thing: Describe, test: CheckContext) -> Finding:
        """Describe a coroutine."""
        return thing()

    def note(self, coroutine: Unawaited) -> None:
        """Take a coroutine of the test."""
        self._noted.append(self.read(coroutine))

    @staticmethod
    def is_settled(_coroutine: Unawaited) -> bool:
        """Return whether there is nothing more to say about it, so that Python does not warn either."""
        return False

    @staticmethod
    def origin(coroutine: Unawaited) -> Origin:
        """Return where it was made, as far as that is known."""
        return coroutine.cr_origin or ()

    @staticmethod
    def read(coroutine: Unawaited) -> Describe:
        """Read everything off a coroutine that a finding needs, at once, and return a function that makes the finding.

        The coroutine is destroyed in the middle of other code, on a loop that has to go on.
        """
        raise NotImplementedError
