"""Calls that are scheduled for later and have not come when the test has ended. Off by default: most are harmless."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib_hooks
from aiounit.checks.check import Check, Subject
from aiounit.findings import Finding
from aiounit.introspect import Place
from aiounit.levels import Level

__all__ = ["Timers"]

_REMEDY: Final = "Keep the handle that call_later() or call_at() returns, and cancel() it"


class Timers(Check):
    """Finds scheduled calls, but for asyncio's own, which belong to tasks."""

    name: ClassVar[str] = "timers"
    level: ClassVar[Level] = Level.OFF
    settles: ClassVar[bool] = True

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return the calls that are scheduled."""
        for handle in _stdlib_hooks.timers_of(test.loop):
            function = _stdlib_hooks.callback_of(handle)
            function = getattr(function, "func", function)
            if not _is_machinery(function) and test.owns(_stdlib_hooks.context_of_handle(handle)):
                yield _describe(function, handle.when() - test.loop.time())


def _is_machinery(function: Any) -> bool:
    """Tell whether a function is asyncio's or aiounit's: it belongs to a task or a transport."""
    modules = {getattr(function, "__module__", None), type(getattr(function, "__self__", None)).__module__}
    return any(str(module).partition(".")[0] in {"asyncio", "_asyncio", "aiounit"} for module in modules)


def _describe(function: Any, seconds: float) -> Finding:
    name = getattr(function, "__qualname__", repr(function))
    code = getattr(function, "__code__", None)
    place = None if code is None else Place(code.co_filename, code.co_firstlineno, name, "")
    where = "" if place is None else f" ({place.file}, line {place.line})"
    what = f"{name}(){where} was still to be called in {seconds:.3g} s"
    return Finding(what, _REMEDY, name=name, where=place)
