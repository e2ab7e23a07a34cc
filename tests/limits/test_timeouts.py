"""`async_timeout` bounds what it is put on, and as a context manager does what ``asyncio.timeout`` does."""

import asyncio
import functools
import inspect
import math
import selectors
import threading
import unittest
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any, cast
from unittest import mock

from hypothesis import example, given, settings, strategies as st

from aiounit import AsyncTestCase, DeclarationError, TimeoutFailure, async_timeout
from aiounit.introspect.places import Place
from aiounit.limits import budgets, escalation, snapshots
from aiounit.limits.budgets import Mark
from tests.support import Events, run

# A budget of real time that is over at once, and one that never is.
SHORT = 0.02
LONG = 60.0


class ReorderingLoop(asyncio.SelectorEventLoop):
    """A loop that calls the later made of two timers first, as a loop may if both are due.

    Args:
        first: Whether it begins with the first of two, or with the second.
    """

    def __init__(self, first: int) -> None:
        self.made = first
        super().__init__()

    def call_at(  # type: ignore[override] # whatever is called
        self, when: float, *arguments: Any, **keywords: Any
    ) -> asyncio.TimerHandle:
        self.made += 1
        return super().call_at(when - 0.005 * (self.made % 2), *arguments, **keywords)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while something runs, and jumps to what is due next when nothing does."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(JumpingSelector(self))

    def time(self) -> float:
        return self.now


class JumpingSelector(selectors.DefaultSelector):
    """Lets the time pass in no time."""

    def __init__(self, loop: JumpingLoop) -> None:
        self.loop = loop
        super().__init__()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing is ever going to happen"
        self.loop.now += timeout
        return super().select(0)


def drive(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(coroutine)


def place(function: Any, source: str) -> Place:
    """Return the place of a line of a function."""
    function = inspect.unwrap(function)
    lines, first = inspect.getsourcelines(function)
    line = first + [each.strip() for each in lines].index(source)
    return Place(__file__, line, function.__qualname__, __name__)


def first_lines(result: Events) -> list[tuple[str, str]]:
    """Return the kind and the first line of all that was reported."""
    return [(type(error).__name__, str(error).partition("\n")[0]) for error in result.raised]


class ArgumentTests(unittest.TestCase):
    def test_what_is_no_number(self) -> None:
        for name in ("timeout", "setup", "teardown"):
            with self.subTest(name=name), self.assertRaises(TypeError) as caught:
                async_timeout(**{"timeout": 1, name: "1"})  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # the claim
            self.assertEqual(
                str(caught.exception),
                f"{name} of async_timeout() must be a number of seconds or None for no limit, and is '1'",
            )

    def test_a_function_in_place_of_the_seconds(self) -> None:
        def test() -> None:
            """Be decorated without parentheses."""

        with self.assertRaises(TypeError) as caught:
            async_timeout(cast("Any", test))
        self.assertEqual(
            str(caught.exception), f"async_timeout() takes seconds, as in @async_timeout(5), and was given {test!r}"
        )

    def test_what_is_not_above_zero(self) -> None:
        for value in (0, -1, math.nan, math.inf):
            with self.subTest(value=value), self.assertRaises(ValueError) as caught:
                async_timeout(value)
            self.assertEqual(
                str(caught.exception),
                "timeout of async_timeout() must be a number of seconds above zero, or None for no limit, "
                f"and is {value!r}",
            )


class MarkTests(unittest.TestCase):
    """What it is put on."""

    def test_a_coroutine_function_stays_one(self) -> None:
        async def function(n: int) -> int:
            """Say."""
            return n

        decorated = async_timeout(LONG)(function)
        self.assertTrue(inspect.iscoroutinefunction(decorated))
        self.assertEqual((decorated.__name__, decorated.__doc__), ("function", "Say."))
        self.assertEqual(asyncio.run(decorated(3)), 3)

    def test_a_plain_function_stays_one(self) -> None:
        def function(n: int) -> int:
            return n

        decorated = async_timeout(None)(function)
        self.assertFalse(inspect.iscoroutinefunction(decorated))
        self.assertEqual(decorated(3), 3)

    def test_class_and_static_methods_stay_what_they_are(self) -> None:
        class Case:
            @async_timeout(LONG)
            @classmethod
            async def of_class(cls) -> str:
                return cls.__name__

            @async_timeout(LONG)
            @staticmethod
            async def of_nothing() -> str:
                return "nothing"

        self.assertEqual((asyncio.run(Case.of_class()), asyncio.run(Case.of_nothing())), ("Case", "nothing"))
        self.assertEqual([budgets.mark_of(each) for each in (Case.of_class, Case.of_nothing)], [Mark(LONG)] * 2)

    def test_a_class_gets_attributes(self) -> None:
        @async_timeout(1, setup=2, teardown=3)
        class Case(AsyncTestCase):
            """Says nothing itself."""

        self.assertEqual((Case.timeout, Case.setup_timeout, Case.teardown_timeout), (1, 2, 3))

    def test_none_lifts_the_limit_of_the_tests_and_changes_nothing_else(self) -> None:
        @async_timeout(None)
        class Case(AsyncTestCase):
            timeout = 1
            setup_timeout = 2
            teardown_timeout = 3

        self.assertEqual((Case.timeout, Case.setup_timeout, Case.teardown_timeout), (None, 2, 3))

    def test_a_class_that_is_no_test_case(self) -> None:
        with self.assertRaises(DeclarationError) as caught:
            async_timeout(1)(JumpingLoop)
        self.assertEqual(
            str(caught.exception), f"async_timeout() can't bound {__name__}.JumpingLoop: it is not an AsyncTestCase"
        )

    def test_generators_of_both_kinds(self) -> None:
        def generator() -> Generator[None, None, None]:
            yield

        async def asynchronous() -> AsyncGenerator[None, None]:
            yield

        for function in (generator, asynchronous):
            with self.subTest(function=function), self.assertRaises(DeclarationError) as caught:
                async_timeout(1)(function)
            self.assertEqual(
                str(caught.exception),
                f"{function.__qualname__} is a generator, which runs only while its caller iterates over it. The "
                "start and the close of a resource have the setup_timeout and the teardown_timeout of the test class; "
                "around part of it, use async with async_timeout(...)",
            )

    def test_something_that_is_no_function(self) -> None:
        with self.assertRaises(DeclarationError) as caught:
            async_timeout(1)(3)
        self.assertEqual(
            str(caught.exception), "async_timeout() can't bound 3: it is neither a function nor a test class"
        )

    def test_above_a_decorator_that_returns_nothing(self) -> None:
        with self.assertRaises(DeclarationError) as caught:
            async_timeout(1)(None)
        self.assertEqual(
            str(caught.exception),
            "async_timeout() can't bound None: it is neither a function nor a test class. Put it below the "
            "decorator that returns None, such as @parameterized.expand",
        )

    def test_the_set_up_of_what_is_no_test(self) -> None:
        def hook() -> None:
            """Be called by nobody."""

        for keywords in ({"setup": 2.0}, {"teardown": 3.0}):
            with self.subTest(**keywords), self.assertRaises(DeclarationError) as caught:
                async_timeout(1, **keywords)(hook)
            self.assertEqual(
                str(caught.exception),
                f"{hook.__qualname__} is not a test method, so setup and teardown do not apply to it. Leave them out: "
                "async_timeout(1)",
            )


class TestTests(unittest.TestCase):
    """Tests and hooks that are decorated."""

    def setUp(self) -> None:
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, SHORT))
        self.lock = threading.Lock()
        self.lock.acquire()

    def assert_timed_out(self, result: Events, what: str, at: Place, why: str = "@async_timeout") -> None:
        """Assert that one thing timed out."""
        self.assertEqual(
            first_lines(result),
            [("TimeoutFailure", f"{what} timed out after 0.02 s ({why}) at {at}")],
        )

    def test_an_asynchronous_test(self) -> None:
        class Case(AsyncTestCase):
            @async_timeout(SHORT)
            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assert_timed_out(run(Case), "the test", place(Case.test, "await asyncio.Event().wait()"))

    def test_a_synchronous_test(self) -> None:
        lock = self.lock

        class Case(AsyncTestCase):
            @async_timeout(SHORT)
            def test(self) -> None:
                lock.acquire()

        self.assert_timed_out(run(Case), "the test", place(Case.test, "lock.acquire()"))

    def test_a_hook(self) -> None:
        class Case(AsyncTestCase):
            @async_timeout(SHORT)
            async def asyncSetUp(self) -> None:
                await asyncio.Event().wait()

            async def test(self) -> None:
                """Is not reached."""

        self.assert_timed_out(run(Case), "asyncSetUp", place(Case.asyncSetUp, "await asyncio.Event().wait()"))

    def test_the_tear_down_by_the_decorator_of_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def asyncTearDown(self) -> None:
                await asyncio.Event().wait()

            @async_timeout(LONG, teardown=SHORT)
            async def test(self) -> None:
                """Pass."""

        self.assert_timed_out(
            run(Case),
            "asyncTearDown",
            place(Case.asyncTearDown, "await asyncio.Event().wait()"),
            "@async_timeout of the test",
        )

    def test_the_limit_of_the_class_is_lifted(self) -> None:
        class Case(AsyncTestCase):
            timeout = SHORT

            @async_timeout(None)
            async def test(self) -> None:
                await asyncio.sleep(2 * SHORT)

        self.assertEqual(run(Case).log, ["startTest", "addSuccess", "stopTest"])

    def test_a_synchronous_function_inside_a_test(self) -> None:
        @async_timeout(SHORT)
        def part() -> None:
            self.lock.acquire()

        class Case(AsyncTestCase):
            def test(self) -> None:
                part()

        self.assert_timed_out(run(Case), part.__qualname__, place(part, "self.lock.acquire()"))

    def test_a_synchronous_function_that_is_over_in_time(self) -> None:
        @async_timeout(LONG)
        def part(n: int, *, m: int) -> int:
            return n + m

        class Case(AsyncTestCase):
            def test(self) -> None:
                self.assertEqual(part(1, m=2), 3)

        self.assertEqual(run(Case).log, ["startTest", "addSuccess", "stopTest"])

    def test_a_synchronous_function_outside_a_test(self) -> None:
        @async_timeout(LONG)
        def part() -> None:
            """Is not called."""

        with self.assertRaises(DeclarationError) as caught:
            part()
        self.assertEqual(
            str(caught.exception),
            f"async_timeout() can't bound {part.__qualname__} here: synchronous code has to be interrupted from "
            "outside, which works only for code that an AsyncTestCase runs",
        )

    def test_a_coroutine_function_inside_a_test_follows_the_clock_of_the_loop(self) -> None:
        @async_timeout(3600)
        async def part() -> None:
            await asyncio.Event().wait()

        class Case(AsyncTestCase):
            loop_factory = JumpingLoop

            async def test(self) -> None:
                await part()

        self.assertEqual(
            first_lines(run(Case)),
            [
                (
                    "TimeoutFailure",
                    f"the block of async_timeout(3600) timed out at {place(part, 'await asyncio.Event().wait()')}",
                )
            ],
        )

    def test_two_decorators_on_one_test(self) -> None:
        class Case(AsyncTestCase):
            loop_factory = JumpingLoop

            @async_timeout(LONG)
            @async_timeout(3600)
            async def test(self) -> None:
                await asyncio.Event().wait()

        stood = place(Case.test, "await asyncio.Event().wait()")
        self.assertEqual(
            first_lines(run(Case)),
            [("TimeoutFailure", f"the block of async_timeout(3600) timed out at {stood}")],
        )


class BlockTests(unittest.TestCase):
    """As a context manager; the clock of the loop jumps."""

    def test_a_block_that_is_over_in_time(self) -> None:
        async def main() -> None:
            async with async_timeout(2) as timeout:
                self.assertEqual((timeout.when(), timeout.expired()), (2.0, False))
                await asyncio.sleep(1)
            self.assertEqual((timeout.when(), timeout.expired()), (2.0, False))

        drive(main())

    def test_the_failure_says_where_everything_stood(self) -> None:
        async def main() -> None:
            task = asyncio.current_task()
            assert task is not None
            task.set_name("main")
            timeout = async_timeout(2)
            with self.assertRaises(TimeoutFailure) as caught:
                async with timeout:
                    await asyncio.sleep(3)
            self.assertTrue(timeout.expired())
            at = place(main, "await asyncio.sleep(3)")
            message, _, details = str(caught.exception).partition("\n\n")
            self.assertEqual(message, f"the block of async_timeout(2) timed out at {at}")
            self.assertEqual(
                details.partition("\n  File")[0],
                f"What the tasks were doing:\nTask 'main' of {main.__qualname__} is waiting for asyncio.sleep(3)",
            )

        drive(main())

    def test_the_failure_is_a_timeout_error_and_a_failure(self) -> None:
        async def main() -> None:
            async with async_timeout(2):
                await asyncio.sleep(3)

        for kind in (TimeoutError, AssertionError):
            with self.subTest(kind=kind.__name__), self.assertRaises(kind):
                drive(main())

    def test_without_a_limit(self) -> None:
        async def main() -> None:
            async with async_timeout(None) as timeout:
                await asyncio.sleep(1e6)
            self.assertEqual((timeout.when(), timeout.expired()), (None, False))

        drive(main())

    def test_one_that_is_not_entered(self) -> None:
        timeout = async_timeout(1)
        self.assertEqual((timeout.when(), timeout.expired()), (None, False))
        with self.assertRaises(RuntimeError) as caught:
            timeout.reschedule(1)
        self.assertEqual(str(caught.exception), "async_timeout() has not been entered")

    def test_one_that_is_entered_twice(self) -> None:
        async def main() -> None:
            timeout = async_timeout(1)
            async with timeout:
                pass
            with self.assertRaises(RuntimeError) as caught:
                await timeout.__aenter__()
            self.assertEqual(
                str(caught.exception), "async_timeout() has been entered already; make a new one for each block"
            )

        drive(main())

    def test_a_block_has_neither_set_up_nor_tear_down(self) -> None:
        async def main() -> None:
            for keywords in ({"setup": 1.0}, {"teardown": 1.0}):
                with self.subTest(**keywords), self.assertRaises(TypeError) as caught:
                    await async_timeout(1, **keywords).__aenter__()
                self.assertEqual(
                    str(caught.exception),
                    "a block has neither set-up nor tear-down: give async_timeout() its seconds only",
                )

        drive(main())

    def test_one_that_is_over_cannot_be_moved(self) -> None:
        async def main() -> None:
            async with async_timeout(1) as timeout:
                pass
            with self.assertRaisesRegex(RuntimeError, "^Cannot change state of finished Timeout$"):
                timeout.reschedule(1)

        drive(main())

    def test_a_moment_in_the_past(self) -> None:
        async def main() -> None:
            with self.assertRaises(TimeoutFailure) as caught:
                async with async_timeout(1) as timeout:
                    timeout.reschedule(-1)
                    await asyncio.sleep(0)
            stood = place(main, "await asyncio.sleep(0)")
            self.assertEqual(
                str(caught.exception).partition("\n")[0],
                f"the block of async_timeout(1) timed out at {stood}",
            )

        drive(main())

    def test_a_time_that_is_over_before_the_block_waits(self) -> None:
        async def main() -> None:
            with self.assertRaises(TimeoutFailure):
                async with async_timeout(1e-9):
                    await asyncio.sleep(0)

        asyncio.run(main())

    def test_the_order_of_timers_that_are_due_together_makes_no_difference(self) -> None:
        async def main() -> None:
            for again in (False, True):
                with self.assertRaises(TimeoutFailure) as caught:
                    async with async_timeout(60) as timeout:
                        soon = asyncio.get_running_loop().time() + 0.01
                        if again:
                            timeout.reschedule(soon)
                        timeout.reschedule(soon)
                        await asyncio.Event().wait()
                self.assertNotIn("was cancelled", str(caught.exception))

        for first in (0, 1):
            factory = functools.partial(ReorderingLoop, first)
            with self.subTest(first=first), asyncio.Runner(loop_factory=factory) as runner:
                runner.run(main())

    def test_nothing_is_looked_at_when_the_block_is_over(self) -> None:
        async def main() -> None:
            async with async_timeout(1):
                pass
            with mock.patch.object(snapshots, "task_chain") as task_chain:
                await asyncio.sleep(2)
            task_chain.assert_not_called()

        drive(main())


# What a test does with timeouts, to be done with asyncio's and with ours

Make = Callable[[float | None], Any]


@dataclass(frozen=True, slots=True)
class Do:
    """Something that is done, with others inside or after it."""

    name: str
    seconds: float | None = None
    inside: "tuple[Do, ...]" = ()


class Player:
    """Does what a description says, and writes down when it does what.

    Args:
        make: Makes a timeout.
    """

    def __init__(self, make: Make) -> None:
        self.make = make
        self.log: list[object] = []
        self.timeouts: list[Any] = []

    def note(self, *what: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.log.append((asyncio.get_running_loop().time(), *what, task.cancelling()))

    def play(self, steps: tuple[Do, ...], cancelled_at: float | None) -> list[object]:
        """Do it in a task of its own, which is cancelled at a time."""

        async def main() -> None:
            task = asyncio.create_task(self.all(steps))
            if cancelled_at is not None:
                asyncio.get_running_loop().call_at(cancelled_at, task.cancel)
            await asyncio.wait([task])
            self.log.append("cancelled" if task.cancelled() else self.name(task.exception()))

        drive(main())
        return self.log

    @staticmethod
    def name(error: BaseException | None) -> str:
        return "TimeoutError" if isinstance(error, TimeoutError) else type(error).__name__

    async def all(self, steps: tuple[Do, ...]) -> None:
        for step in steps:
            self.note(step.name)
            await getattr(self, step.name)(step)

    async def timeout(self, step: Do) -> None:
        timeout = self.make(step.seconds)
        try:
            async with timeout:
                self.timeouts.append(timeout)
                await self.all(step.inside)
        finally:
            self.note("left", timeout.expired(), timeout.when())

    async def sleep(self, step: Do) -> None:
        await asyncio.sleep(step.seconds or 0)

    async def shield(self, step: Do) -> None:
        await asyncio.shield(asyncio.sleep(step.seconds or 0))

    async def move(self, step: Do) -> None:
        """Move the end of the timeouts around."""
        for timeout in self.timeouts:
            now = asyncio.get_running_loop().time()
            try:
                timeout.reschedule(None if step.seconds is None else now + step.seconds)
            except RuntimeError as error:
                self.note(str(error))

    async def swallow(self, step: Do) -> None:
        try:
            await self.all(step.inside)
        except BaseException as error:
            self.note("swallowed", self.name(error))

    async def at_last(self, step: Do) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            await self.all(step.inside)

    async def fail(self, step: Do) -> None:
        raise ValueError


def descriptions() -> st.SearchStrategy[tuple[Do, ...]]:
    """Return what makes up things to do."""
    seconds = st.sampled_from([0, 1, 2, 3, 4.5])
    leaves = st.one_of(
        st.builds(Do, st.sampled_from(["sleep", "shield"]), seconds),
        st.builds(Do, st.just("move"), st.sampled_from([None, -1, 0, 1, 6])),
        st.just(Do("fail")),
    )

    def extend(inner: st.SearchStrategy[Do]) -> st.SearchStrategy[Do]:
        inside = st.lists(inner, max_size=3).map(tuple)
        return st.one_of(
            st.builds(Do, st.just("timeout"), st.sampled_from([None, 1, 2, 2.5, 4]), inside),
            st.builds(Do, st.sampled_from(["swallow", "at_last"]), st.none(), inside),
        )

    return st.lists(st.recursive(leaves, extend, max_leaves=8), min_size=1, max_size=3).map(tuple)


class DifferentialTests(unittest.TestCase):
    """What ``asyncio.timeout`` does, it does as well, at the same moments."""

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(descriptions(), st.sampled_from([None, 0, 1, 2, 2.25, 4]))
    @example((Do("timeout", 2, (Do("timeout", 1, (Do("sleep", 3),)),)),), None)
    @example((Do("timeout", 1, (Do("timeout", 2, (Do("sleep", 3),)),)),), None)
    @example((Do("timeout", 1, (Do("move", 6), Do("sleep", 3))),), None)
    @example((Do("timeout", 4, (Do("move", -1), Do("sleep", 0))),), None)
    @example((Do("timeout", 4, (Do("sleep", 3),)),), 1)
    @example((Do("timeout", 2, (Do("sleep", 3),)),), 2)
    @example((Do("timeout", 2, (Do("at_last", None, (Do("fail"),)),)),), None)
    @example((Do("timeout", 2, (Do("swallow", None, (Do("sleep", 3),)), Do("sleep", 1))),), None)
    @example((Do("timeout", 2, (Do("shield", 3),)), Do("sleep", 2)), None)
    def test_they_do_the_same(self, steps: tuple[Do, ...], cancelled_at: float | None) -> None:
        self.assertEqual(
            Player(async_timeout).play(steps, cancelled_at), Player(asyncio.timeout).play(steps, cancelled_at)
        )
