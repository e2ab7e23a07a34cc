"""Where unittest.mock has the same assertion, ours passes and fails as its does, whatever was awaited."""

import unittest
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock, call, create_autospec

from aiounit.assertions.awaits.awaits import AwaitAssertions
from aiounit.mocks.recording.recorder import record

try:
    from hypothesis import given, settings, strategies as st
except ImportError as error:
    raise unittest.SkipTest("Hypothesis is not installed") from error

# Nothing random and nothing from an earlier run; no deadlines, because a busy machine misses them.
steady = settings(max_examples=300, derandomize=True, database=None, deadline=None)

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


async def fetch(item: object, size: int = 1, *, unit: str = "kg") -> None:
    """Do nothing."""


SPECS: dict[str, Callable[[], Any]] = {
    "none": AsyncMock,
    "spec": lambda: AsyncMock(spec=fetch),
    "autospec": lambda: create_autospec(fetch),
}

values = st.sampled_from([1, 2, "tea", None, [1]])
arguments = st.tuples(
    st.lists(values, max_size=2).map(tuple),
    st.dictionaries(st.sampled_from(["item", "size", "unit"]), values, max_size=2),
)


def use(mocked: Any, each: Arguments, *, awaits: bool) -> None:
    """Call the mock, and await it or not; autospec refuses what does not fit the signature."""
    try:
        coroutine = mocked(*each[0], **each[1])
        if awaits:
            coroutine.send(None)
        coroutine.close()
    except (TypeError, StopIteration):
        pass


def outcome(assertion: Any, *args: Any, **kwargs: Any) -> str:
    """Return how an assertion ends. The standard library's own break on calls that do not fit the signature."""
    try:
        assertion(*args, **kwargs)
    except AssertionError:
        return "fails"
    except TypeError:
        return "breaks"
    return "passes"


class DifferentialTests(unittest.TestCase):
    def check(self, theirs: str, ours: str) -> None:
        if theirs != "breaks":
            self.assertEqual(ours, theirs)

    @steady
    @given(
        spec=st.sampled_from(sorted(SPECS)),
        uses=st.lists(st.tuples(arguments, st.booleans()), max_size=4),
        expected=arguments,
        calls=st.lists(arguments, min_size=1, max_size=3),
        is_recorded=st.booleans(),
    )
    def test_they_agree(
        self,
        spec: str,
        uses: list[tuple[Arguments, bool]],
        expected: Arguments,
        calls: list[Arguments],
        is_recorded: bool,
    ) -> None:
        mocked: Any = SPECS[spec]()
        if is_recorded:
            record(mocked)
        for each, awaits in uses:
            use(mocked, each, awaits=awaits)
        case, (args, kwargs) = AwaitAssertions(), expected
        self.check(outcome(mocked.assert_awaited), outcome(case.assertAwaited, mocked))
        self.check(outcome(mocked.assert_awaited_once), outcome(case.assertAwaitedOnce, mocked))
        self.check(outcome(mocked.assert_not_awaited), outcome(case.assertNotAwaited, mocked))
        for name, assertion in (
            ("assert_awaited_with", case.assertAwaitedWith),
            ("assert_awaited_once_with", case.assertAwaitedOnceWith),
            ("assert_any_await", case.assertAnyAwaitWith),
        ):
            theirs = outcome(getattr(mocked, name), *args, **kwargs)
            self.check(theirs, outcome(assertion, mocked, *args, **kwargs))
        several = [call(*each[0], **each[1]) for each in calls]
        for any_order in (False, True):
            theirs = outcome(mocked.assert_has_awaits, several, any_order=any_order)
            self.check(theirs, outcome(case.assertHasAwaits, mocked, several, any_order=any_order))
