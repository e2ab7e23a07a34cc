"""Between two steps of a test the loop turns for what is ready, exactly as often as on the standard library's class."""

import asyncio
import itertools
import signal
import sys
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiounit import AsyncTestCase, LoopError, TimeoutFailure
from tests.support import outcome, run

STEPS = ("setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown", "cleanup 1", "cleanup 2")


@dataclass(frozen=True)
class Shape:
    """The steps that a test has, which of the test and its cleanups are asynchronous, and which step makes a task.

    How the task begins is part of it: an eager one takes its first step at once.
    """

    hooks: frozenset[str]
    asynchronous: frozenset[str]
    maker: str
    is_eager: bool

    @property
    def steps(self) -> list[str]:
        return [step for step in STEPS if step in self.hooks or step in {"test", "cleanup 1", "cleanup 2"}]

    def is_asynchronous(self, step: str) -> bool:
        return step.startswith("async") or step in self.asynchronous


def subsets(*names: str) -> list[frozenset[str]]:
    return [frozenset(each) for count in range(len(names) + 1) for each in itertools.combinations(names, count)]


def shapes() -> list[Shape]:
    none: frozenset[str] = frozenset()
    synchronous_hooks, asynchronous_hooks = frozenset({"setUp", "tearDown"}), frozenset({"asyncSetUp", "asyncTearDown"})
    ways = [False, True] if sys.version_info >= (3, 12) else [False]
    return [
        shape
        for hooks in (none, asynchronous_hooks, synchronous_hooks, asynchronous_hooks | synchronous_hooks)
        for asynchronous in subsets("test", "cleanup 1", "cleanup 2")
        for maker in STEPS[:-1]
        for is_eager in ways
        if maker in (shape := Shape(hooks, asynchronous, maker, is_eager)).steps
        and (shape.is_asynchronous(maker) or not is_eager)
        and not (is_eager and hooks is not asynchronous_hooks)
    ]


def history(shape: Shape, base: type[unittest.IsolatedAsyncioTestCase]) -> list[str | int]:
    """Run a test of a shape, and return its steps and between them the steps that the task has had."""
    log: list[str | int] = []

    async def background() -> None:
        for step in itertools.count(1):
            log.append(step)
            await asyncio.sleep(0)

    def make_task(case: Any) -> None:
        loop = case._asyncioRunner.get_loop()
        if shape.is_eager and sys.version_info >= (3, 12):
            case.task = asyncio.Task(background(), loop=loop, eager_start=True)
        else:
            case.task = loop.create_task(background())

    def make(step: str) -> Callable[[Any], Any]:
        def call(case: Any) -> None:
            log.append(step)
            if step == shape.maker:
                make_task(case)
            if step == "cleanup 2":
                case.task.cancel()

        async def call_inside(case: Any) -> None:
            call(case)

        return call_inside if shape.is_asynchronous(step) else call

    class Case(base):  # type: ignore[misc, valid-type]
        def run(self, result: Any = None) -> Any:
            for step in ("cleanup 2", "cleanup 1"):  # the last comes first
                self.addCleanup(lambda: None)
                add = self.addAsyncCleanup if shape.is_asynchronous(step) else self.addCleanup
                add(make(step), self)
            return super().run(result)

    for step in shape.steps:
        if not step.startswith("cleanup"):
            setattr(Case, step, make(step))
    result = run(Case)
    assert result.wasSuccessful(), result.text()
    return [*log[: log.index("cleanup 2")], "cleanup 2"]


class DifferentialTest(unittest.TestCase):
    """A task has had the same steps when each step of the test begins."""

    def test_every_shape(self) -> None:
        for shape in shapes():
            with self.subTest(shape=shape):
                self.assertEqual(history(shape, AsyncTestCase), history(shape, unittest.IsolatedAsyncioTestCase))

    def test_what_a_hook_has_the_runner_run(self) -> None:
        def log_of(base: Any) -> list[str | int]:
            log: list[str | int] = []

            async def background() -> None:
                for step in range(5):
                    log.append(step)
                    await asyncio.sleep(0)

            class Case(base):  # type: ignore[misc]
                def _callSetUp(self) -> None:
                    self._callAsync(self.make)
                    log.append("made")
                    self._callAsync(self.look)

                async def make(self) -> None:
                    self.task = asyncio.create_task(background())

                async def look(self) -> None:
                    log.append("look")

                async def test(self) -> None:
                    log.append("test")
                    self.task.cancel()

            kind: Any = Case
            run(kind)
            return log

        self.assertEqual(log_of(AsyncTestCase), log_of(unittest.IsolatedAsyncioTestCase))


class IterationTest(unittest.TestCase):
    """What goes wrong while the loop turns between two steps."""

    def case(self, after: int, task: Callable[[Any], object]) -> tuple[type[AsyncTestCase], list[str]]:
        """Return a test whose set-up starts a task that does something in a step of its own, and what it logs."""
        log: list[str] = []

        async def background(main: Any) -> None:
            for _ in range(after - 1):
                await asyncio.sleep(0)
            task(main)

        class Case(AsyncTestCase):
            setup_timeout = timeout = 0.05

            async def asyncSetUp(self) -> None:
                self.addAsyncCleanup(self.clean)
                self.task = asyncio.create_task(background(asyncio.current_task()))
                log.append("set up")

            async def test(self) -> None:
                log.append("test")
                await asyncio.sleep(0)

            async def asyncTearDown(self) -> None:
                log.append("tear down")

            async def clean(self) -> None:
                log.append("clean")

        return Case, log

    def test_what_blocks_the_loop_times_out(self) -> None:
        def block(_main: Any) -> None:
            while True:
                pass

        for after, expected in ((1, ["set up", "clean"]), (2, ["set up", "tear down", "clean"])):
            with self.subTest(after=after):
                case, log = self.case(after, block)
                self.assertEqual([type(error) for error in run(case).raised], [TimeoutFailure])
                self.assertEqual(log, expected)

    def test_ctrl_c_keeps_the_test_from_running_and_not_the_clean_up(self) -> None:
        def press(_main: Any) -> None:
            signal.raise_signal(signal.SIGINT)

        for after, expected in ((1, ["set up", "clean"]), (2, ["set up", "tear down", "clean"])):
            with self.subTest(after=after):
                case, log = self.case(after, press)
                with self.assertRaises(KeyboardInterrupt):
                    run(case)
                self.assertEqual(log, expected)

    def test_a_cancellation_that_came_between_two_steps_ends_neither(self) -> None:
        for after in (1, 2):
            with self.subTest(after=after):
                case, log = self.case(after, lambda main: main.cancel())
                self.assertEqual(outcome(case), ["addSuccess"])
                self.assertEqual(log, ["set up", "test", "tear down", "clean"])

    def test_a_context_manager_that_was_entered_gets_it(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enterAsyncContext(asyncio.timeout(0))

            async def test(self) -> None:
                log.append("test")
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), ["addError TimeoutError()"])

    def test_a_loop_that_is_closed_before_the_test_begins(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            loop_factory = Closing

            async def asyncSetUp(self) -> None:
                asyncio.get_running_loop().call_soon(Closing.close_at_end)

            async def test(self) -> None:
                log.append("test")

            async def asyncTearDown(self) -> None:
                log.append("tear down")

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])
        self.assertEqual(log, ["tear down"])

    def test_a_loop_that_is_closed_when_the_set_up_has_ended(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            loop_factory = Closing

            async def asyncSetUp(self) -> None:
                self.addCleanup(log.append, "clean")
                Closing.close_at_end()

            async def test(self) -> None:
                log.append("test")

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])
        self.assertEqual(log[-1], "clean")
        self.assertNotIn("test", log)

    def test_a_clean_up_runs_though_the_loop_is_closed_before_it(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            loop_factory = Closing

            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(Closing.close_at_end)

            async def asyncTearDown(self) -> None:
                log.append("tear down")

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])
        self.assertEqual(log, ["tear down"])

    def test_it_never_turns_for_nothing(self) -> None:
        turns: list[None] = []

        class Loop(asyncio.SelectorEventLoop):
            def _run_once(self) -> None:
                turns.append(None)
                super()._run_once()  # type: ignore[misc]

        class Case(AsyncTestCase):
            loop_factory = Loop

            async def asyncSetUp(self) -> None:
                """Make nothing ready."""

            async def test(self) -> None:
                """Make nothing ready."""

            async def asyncTearDown(self) -> None:
                """Make nothing ready."""

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(len(turns), 1)


class Closing(asyncio.SelectorEventLoop):
    """A loop that closes itself when it stops."""

    is_to_close = False

    @staticmethod
    def close_at_end() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Closing)
        loop.is_to_close = True
        loop.stop()
        loop.call_soon(bool)

    def run_forever(self) -> None:
        super().run_forever()
        if self.is_to_close:
            self.close()
