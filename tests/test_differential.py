"""Whatever a test does, the standard library's class and aiounit's report the same.

Hypothesis makes up test classes: phases that pass, fail, raise, skip, return or cancel, synchronous or not, with
subtests and cleanups. Each is built on both bases and run, and every event is compared. By hand, for longer:
``python -m tests.test_differential 20000``.

The improvements that show here are those of `Stdlib`. Ctrl-C, context managers and leftovers have improvements of their
own, and tests of their own.
"""

import asyncio
import contextvars
import sys
import unittest
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiounit import AsyncTestCase
from tests.support import Events

try:
    import hypothesis
    from hypothesis import strategies as st
except ImportError as error:
    raise unittest.SkipTest("Hypothesis is not installed") from error

PHASES = ("setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown")
VARIABLE: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("variable", default=())


class OddError(BaseException):
    """An exception that is no Exception."""


ERRORS: dict[str, Callable[[], BaseException]] = {
    "fails": lambda: AssertionError("fails"),
    "raises": lambda: ValueError("raises"),
    "skips": lambda: unittest.SkipTest("skips"),
    "exits": lambda: SystemExit(3),
    "is odd": lambda: OddError("odd"),
    "is cancelled": lambda: asyncio.CancelledError("cancelled"),
    "stops": lambda: GeneratorExit("stops"),
}


@dataclass(frozen=True)
class Cleanup:
    """A cleanup that a phase adds: how it ends, and whether it is a coroutine function."""

    ending: str
    is_async: bool


@dataclass(frozen=True)
class Phase:
    """What a phase does: its subtests with their endings, the cleanups that it adds, and how it ends itself."""

    subtests: tuple[str, ...]
    cleanups: tuple[Cleanup, ...]
    ending: str
    is_async: bool


@dataclass(frozen=True)
class Description:
    """A test class: its phases by name, its decorator, and what its result does with failures."""

    phases: tuple[tuple[str, Phase], ...]
    decorator: str
    failfast: bool


class Stdlib(unittest.IsolatedAsyncioTestCase):
    """The standard library's class with two improvements of the tear-down.

    tearDown runs although asyncTearDown failed, as a part of its own. And a subtest that passes does not end the phase
    that it is in, only because the test has failed as it is expected to.
    """

    def _callTearDown(self) -> None:
        case: Any = self
        outcome = case._outcome
        expected, outcome.expectedFailure = outcome.expectedFailure, None
        try:
            with outcome.testPartExecutor(self):
                case._callAsync(self.asyncTearDown)
            before, outcome.success = outcome.success, True
            try:
                case._asyncioTestContext.run(self.tearDown)
            finally:
                outcome.success = outcome.success and before
        finally:
            outcome.expectedFailure = expected


def endings(*more: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["passes", *more, *ERRORS])


@st.composite
def descriptions(draw: st.DrawFn) -> Description:
    """Make up a test class."""
    cleanups = st.lists(st.builds(Cleanup, endings(), st.booleans()), max_size=2).map(tuple)
    subtests = st.lists(st.sampled_from(["passes", "fails", "raises", "skips"]), max_size=2).map(tuple)
    phases: list[tuple[str, Phase]] = []
    for name in PHASES:
        if name == "test" or draw(st.booleans()):
            is_async = draw(st.booleans()) if name == "test" else name.startswith("async")
            ending = draw(endings("returns") if name == "test" else endings())
            phases.append((name, Phase(draw(subtests), draw(cleanups), ending, is_async)))
    # 3.12.1 alone does not start a test that is skipped by a decorator; aiounit does.
    decorators = ["none", "expectedFailure", *(["skip"] if sys.version_info[:3] != (3, 12, 1) else [])]
    return Description(tuple(phases), draw(st.sampled_from(decorators)), draw(st.booleans()))


def build(description: Description, base: type[unittest.TestCase], log: list[str]) -> unittest.TestCase:
    """Build the described class on a base and return its test; what it does goes into the log."""
    members: dict[str, Any] = {name: make_phase(name, phase, log) for name, phase in description.phases}
    if description.decorator == "skip":
        members["test"] = unittest.skip("decorated")(members["test"])
    if description.decorator == "expectedFailure":
        members["test"] = unittest.expectedFailure(members["test"])
    case: unittest.TestCase = type("Case", (base,), members)("test")
    return case


def make_phase(name: str, phase: Phase, log: list[str]) -> Callable[..., Any]:
    """Make the method of a phase."""

    def act(case: Any) -> int | None:
        note(name, log)
        for number, cleanup in enumerate(phase.cleanups):
            case.addCleanup(make_cleanup(f"cleanup {number} of {name}", cleanup, log))
        for number, ending in enumerate(phase.subtests):
            with case.subTest(number=number):
                end(ending)
        return end(phase.ending)

    async def act_asynchronously(case: Any) -> int | None:
        await asyncio.sleep(0)
        return act(case)

    return act_asynchronously if phase.is_async else act


def make_cleanup(name: str, cleanup: Cleanup, log: list[str]) -> Callable[[], Any]:
    def act() -> None:
        note(name, log)
        end(cleanup.ending)

    async def act_asynchronously() -> None:
        await asyncio.sleep(0)
        act()

    return act_asynchronously if cleanup.is_async else act


def note(name: str, log: list[str]) -> None:
    """Note that something runs, whether a loop does, and what the context variable was; and set it."""
    log.append(f"{name}, loop: {is_loop_running()}, before: {VARIABLE.get()}")
    VARIABLE.set((*VARIABLE.get(), name))


def is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def end(ending: str) -> int | None:
    if ending in ERRORS:
        make = ERRORS[ending]
        raise make()
    return 1 if ending == "returns" else None


def events(description: Description, base: type[unittest.TestCase]) -> list[str]:
    """Run the described class on a base, and return all that happened."""
    log: list[str] = []
    result = Events(log)
    result.failfast = description.failfast
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        build(description, base, log).run(result)
    log += [f"warned {each.category.__name__}" for each in caught if each.category is DeprecationWarning]
    return [*log, f"stops: {result.shouldStop}"]


class DifferentialTest(unittest.TestCase):
    """Both bases report the same."""

    maxDiff = None
    examples = 300

    def compare(self, description: Description) -> None:
        # Each in a context of its own, because the standard library copies the context when a test is made.
        theirs = contextvars.copy_context().run(events, description, Stdlib)
        ours = contextvars.copy_context().run(events, description, AsyncTestCase)
        self.assertEqual(ours, theirs)

    def test_whatever_a_test_does(self) -> None:
        given = hypothesis.given(descriptions())
        settings = hypothesis.settings(
            max_examples=self.examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
        )
        settings(given(self.compare))()

    def test_the_improvements_are_needed(self) -> None:
        quiet = Phase((), (), "passes", is_async=True)
        failing = Phase((), (), "fails", is_async=True)
        synchronous = Phase((), (), "passes", is_async=False)
        phases = (("test", quiet), ("asyncTearDown", failing), ("tearDown", synchronous))
        description = Description(phases, "none", failfast=False)
        self.assertNotEqual(events(description, AsyncTestCase), events(description, unittest.IsolatedAsyncioTestCase))
        self.compare(description)


if __name__ == "__main__":
    DifferentialTest.examples = int(sys.argv.pop(1)) if len(sys.argv) > 1 else DifferentialTest.examples
    unittest.main()
