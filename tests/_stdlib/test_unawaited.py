"""Coroutines that were never awaited, and the receivers of warnings."""

import warnings
from unittest import TestCase, mock

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to unawaited.py adds its test here.
PRIVATE_NAMES = {
    "_get_context",
    "_showwarnmsg_impl",
    "_warn_unawaited_coroutine",
}


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
