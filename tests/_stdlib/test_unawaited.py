"""Coroutines that were never awaited, and the receivers of warnings."""

import gc
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any
from unittest import TestCase, mock

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to unawaited.py adds its test here.
PRIVATE_NAMES = {
    "_get_context",
    "_showwarnmsg_impl",
    "_warn_unawaited_coroutine",
}


async def work() -> None:
    pass


class LostTests(TestCase):
    """Python can't warn of a coroutine that the collector destroys in a function without ``__import__``."""

    def setUp(self) -> None:
        self.told: list[str] = []
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        self.enterContext(mock.patch.object(sys, "unraisablehook", lambda a: self.told.append(repr(a.exc_value))))

    def collects(self) -> None:
        cycle: list[Any] = [work()]
        cycle.append(cycle)
        del cycle
        eval("lambda: collect()", {"__builtins__": {}, "collect": gc.collect})()

    def lost(self, take: Callable[[str, bool], bool]) -> list[str]:
        """Return what a function has got for a coroutine; the hook gets what it does not take."""
        lost: list[str] = []

        def note(thing: object, is_lost: bool) -> bool:
            text = re.sub("0x[0-9a-f]+", "0x1", thing if isinstance(thing, str) else repr(thing))
            lost.append(f"{text} {is_lost}")
            return take(text, is_lost)

        _stdlib.unawaited.on_lost(note).put_in()
        self.collects()
        return lost

    def test_python_itself(self) -> None:
        self.collects()
        self.assertEqual((self.told[0], len(self.told)), ("KeyError('__import__')", 2))

    def test_taken(self) -> None:
        self.assertEqual(self.lost(lambda _text, _is_lost: True)[0], "<coroutine object work at 0x1> True")
        self.assertEqual(self.told, [])

    def test_the_second_error_depends_on_the_filters(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            lost = self.lost(lambda _text, _is_lost: True)
        self.assertEqual(lost, [f"<coroutine object work at 0x1> {each}" for each in (True, False)])

    def test_not_taken(self) -> None:
        self.lost(lambda _text, is_lost: not is_lost)
        self.assertEqual(self.told[:1], ["KeyError('__import__')"])

    def test_other_errors(self) -> None:
        class Breaks:
            def __del__(self) -> None:
                raise KeyError("__import__")

        _stdlib.unawaited.on_lost(lambda _thing, _is_lost: True).put_in()
        Breaks()
        self.assertEqual(self.told, ["KeyError('__import__')"])

    def test_warning(self) -> None:
        coroutine: Any = work()
        with self.assertWarnsRegex(RuntimeWarning, "^coroutine 'work' was never awaited"):
            _stdlib.unawaited.warn(coroutine)
        coroutine.close()


class UnawaitedTests(TestCase):
    def test_coroutines_that_are_destroyed(self) -> None:
        noted: list[str] = []

        async def nothing() -> None:
            pass

        with mock.patch.object(warnings, "_warn_unawaited_coroutine", warnings._warn_unawaited_coroutine):  # type: ignore[attr-defined] # private
            _stdlib.unawaited.on_unawaited(lambda coroutine, _warn: noted.append(coroutine.__name__)).put_in()
            nothing()  # type: ignore[unused-coroutine] # it is the point
        self.assertEqual(noted, ["nothing"])

    def is_caught(self, before: tuple[object, ...]) -> bool:
        return any(now is not then for now, then in zip(_stdlib.unawaited.warnings_sink(), before, strict=True))

    def test_whether_warnings_are_caught(self) -> None:
        before = _stdlib.unawaited.warnings_sink()
        seen = [self.is_caught(before)]
        with warnings.catch_warnings(record=True):
            seen.append(self.is_caught(before))
        with warnings.catch_warnings():
            seen.append(self.is_caught(before))
        with self.assertWarns(UserWarning):
            seen.append(self.is_caught(before))
            warnings.warn("there must be one", stacklevel=1)
        self.assertEqual(seen, [False, True, False, True])
