"""All checks together: when they look, how patiently, and what is reported beside what."""

import asyncio
import contextvars
import socket
import sys
import threading
import unittest
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest import mock

from aiounit import (
    AsyncTestCase,
    FindingError,
    FindingsError,
    FindingWarning,
    SettingsError,
    allow,
    resource,
    settings,
)
from aiounit.checks import Check, CheckContext, Finding, Leftovers, register_check, registry
from aiounit.checks.builtin import tasks
from aiounit.runs.run import current_run
from aiounit.settings import Settings
from tests.checks.support import QuietTestCase, case_of, errors_in, findings, kinds, session
from tests.resources.support import run_suite
from tests.support import Events, run


async def for_ever() -> None:
    await asyncio.Event().wait()


async def leaves_a_task(case: Any) -> None:
    case.task = asyncio.create_task(for_ever(), name="left")


def reported(result: Events) -> list[str]:
    return kinds(result.log[1:-1])


class OutcomeTests(QuietTestCase):
    """What stands in the result."""

    def test_a_test_that_passes_otherwise(self) -> None:
        result = run(case_of(leaves_a_task))
        self.assertEqual(reported(result), ["addError FindingError"])
        self.assertRegex(str(result.raised[0]), r"^tasks: task 'left' of for_ever\(\) was still pending when ")

    def test_a_test_that_fails_shows_both(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            case.fail("no")

        self.assertEqual(reported(run(case_of(body))), ["addFailure AssertionError", "addError FindingError"])

    def test_an_expected_failure_is_not_satisfied(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            case.fail("no")

        async def passes(case: Any) -> None:
            await leaves_a_task(case)

        for each in (body, passes):
            self.assertEqual(reported(run(case_of(unittest.expectedFailure(each)))), ["addError FindingError"])

    def test_a_skip_is_not_satisfied(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            case.skipTest("why")

        self.assertEqual(reported(run(case_of(body))), ["addSkip why", "addError FindingError"])

    def test_a_subtest_that_failed(self) -> None:
        async def body(case: Any) -> None:
            with case.subTest(n=1):
                await leaves_a_task(case)
                case.fail("no")

        self.assertEqual([kind[:10] for kind in reported(run(case_of(body)))], ["addSubTest", "addError F"])

    def test_several_checks_are_one_error(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            asyncio.sleep(0)  # type: ignore[unused-coroutine] # it is the point

        [error] = run(case_of(body)).raised
        assert isinstance(error, FindingsError)
        self.assertEqual([each.check for each in error.exceptions], ["tasks", "coroutines"])  # type: ignore[union-attr] # all are

    def test_equal_findings_are_one_with_their_number(self) -> None:
        async def body(case: Any) -> None:
            case.tasks = [asyncio.create_task(for_ever()) for _ in range(20)]

        [error] = run(case_of(body)).raised
        first, second, *_ = str(error).splitlines()
        self.assertRegex(first, r"^tasks: task 'Task-\d+' of for_ever\(\) was still pending .* \(20 times\)$")
        self.assertRegex(second, r"^likewise ('Task-\d+', ){4}'Task-\d+' and 14 more$")

    def test_a_task_is_described_once_however_often_it_is_looked_at(self) -> None:
        async def body(case: Any) -> None:
            case.tasks = [asyncio.create_task(for_ever()) for _ in range(20)]

        def describe(check: Any, task: Any, test: Any) -> Finding:
            described.append(task)
            return original(check, task, test)

        described: list[object] = []
        original = tasks.Tasks.describe
        with mock.patch.object(tasks.Tasks, "describe", describe):
            run(case_of(body))
            self.assertEqual(len(described), 20)
            described.clear()
            run(case_of(allow("tasks", name="other", reason="it is none of them")(body)))
        self.assertEqual(len(described), 20 + 7)  # what is allowed is told by the description: until the first is not

    def test_debug_raises_it(self) -> None:
        with self.assertRaises(FindingError):
            case_of(leaves_a_task)("test").debug()

    def test_a_warning(self) -> None:
        with self.assertWarnsRegex(FindingWarning, "^suite.Case.test: tasks: task 'left' of for_ever"):
            self.assertEqual(reported(run(case_of(leaves_a_task, checks={"all": "warn"}))), ["addSuccess"])

    def test_equal_warnings_are_one_with_their_number(self) -> None:
        async def body(case: Any) -> None:
            case.tasks = [asyncio.create_task(for_ever()) for _ in range(20)]

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(case_of(body, checks={"all": "warn"}))
        self.assertEqual([str(each.message).splitlines()[0][-11:] for each in caught], [" (20 times)"])

    def test_off(self) -> None:
        self.assertEqual(reported(run(case_of(leaves_a_task, checks={"all": "off"}))), ["addSuccess"])

    def test_an_interrupted_test_is_not_asked(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            raise KeyboardInterrupt

        result = Events()
        with self.assertRaises(KeyboardInterrupt):
            case_of(body)("test").run(result)
        self.assertEqual(result.log, ["startTest", "stopTest"])

    def test_a_skipped_class_makes_no_loop(self) -> None:
        kind = unittest.skip("why")(case_of(leaves_a_task))
        self.assertEqual(reported(run(kind)), ["addSkip why"])


class SettingsTests(QuietTestCase):
    def outcome(self, **wanted: Any) -> list[str]:
        with mock.patch.object(settings, "current", return_value=Settings(**wanted)):
            return run(case_of(leaves_a_task)).log[1:-1]

    def test_the_environment_and_the_file_are_followed(self) -> None:
        read = settings.read({"AIOUNIT_CHECKS": "all=off"}, "/")
        self.assertEqual(self.outcome(checks=read.checks), ["addSuccess"])

    def test_a_check_that_there_is_not_is_an_error_of_each_test(self) -> None:
        read = settings.read({"AIOUNIT_CHECKS": "task=off"}, "/")
        [entry] = self.outcome(checks=read.checks)
        self.assertRegex(entry, "^addError SettingsError.*there is no check 'task'")
        self.assertTrue(issubclass(SettingsError, ValueError))


class PatienceTests(QuietTestCase):
    def test_a_test_without_leftovers_turns_its_loop_no_more(self) -> None:
        turns: list[int] = []

        class Loop(asyncio.SelectorEventLoop):
            def _run_once(self) -> None:
                turns.append(1)
                super()._run_once()  # type: ignore[misc] # private

        async def body(case: Any) -> None:
            """Pass."""

        counts = []
        for checks in ({"all": "off"}, {}):
            turns.clear()
            findings(case_of(body, loop_factory=Loop, checks=checks))
            counts.append(len(turns))
        self.assertEqual(counts[0], counts[1])

    def test_it_waits_by_the_clock_of_the_loop(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            """Its clock jumps to the next timer."""

            skipped = 0.0

            def time(self) -> float:
                return super().time() + self.skipped

            def _run_once(self) -> None:
                if not self._ready and self._scheduled:  # type: ignore[attr-defined] # private
                    self.skipped += max(0.0, self._scheduled[0].when() - self.time())  # type: ignore[attr-defined]
                super()._run_once()  # type: ignore[misc] # private

        async def body(case: Any) -> None:
            asyncio.create_task(asyncio.sleep(0.04))

        self.assertEqual(findings(case_of(body, loop_factory=Loop)), [])

    def test_what_goes_wrong_meanwhile_is_reported(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            asyncio.get_running_loop().call_later(0.005, exit, 3)

        result = run(case_of(body))
        self.assertEqual(reported(result), ["addError SystemExit", "addError FindingError"])

    def test_what_is_left_may_cancel_all_tasks(self) -> None:
        async def body(case: Any) -> None:
            await leaves_a_task(case)
            loop = asyncio.get_running_loop()
            loop.call_later(0.002, lambda: [task.cancel() for task in asyncio.all_tasks(loop)])

        self.assertEqual(reported(run(case_of(body))), ["addSuccess"])

    def test_a_loop_that_was_closed_by_the_test(self) -> None:
        def body(case: Any) -> None:
            asyncio.get_event_loop().close()

        self.assertEqual(reported(run(case_of(body))), ["addError LoopError"])


class ContextTests(QuietTestCase):
    def test_no_check_for_context_variables_is_needed(self) -> None:
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="clean")
        seen = []

        async def body(case: Any) -> None:
            seen.append(variable.get())
            variable.set("set by a test")

        for shared in (False, True, True):
            findings(case_of(body, shared_loop=shared))
        self.assertEqual((seen, variable.get()), (["clean"] * 3, "clean"))


class ShutdownTests(QuietTestCase):
    def test_a_test_whose_loop_can_not_be_made(self) -> None:
        def factory() -> asyncio.AbstractEventLoop:
            raise OSError("no loop")

        async def body(case: Any) -> None:
            """Never run."""

        self.assertEqual(run(case_of(body, loop_factory=staticmethod(factory))).log[1], "addError OSError('no loop')")


class LoopTests(QuietTestCase):
    """What happens on a loop is told to those who want to know, and to nobody else."""

    async def everything(self, case: Any) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.create_task(asyncio.sleep(0))
        async for _ in numbers():
            """Go on."""
        await asyncio.to_thread(len, "abc")
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
        transport.close()
        left, right = socket.socketpair()
        with left, right:
            loop.add_reader(left, print)
            loop.remove_reader(left)
        loop.set_exception_handler(None)
        with case.assertLogs("asyncio"):
            loop.call_exception_handler({"message": "no"})

    def test_checks_that_are_off(self) -> None:
        for shared in (False, True):
            with self.subTest(shared=shared):

                async def body(case: Any) -> None:
                    await self.everything(case)

                kind = case_of(
                    body,
                    checks={"all": "off", "timers": "fail"},
                    shared_loop=shared,
                )
                self.assertEqual(findings(kind), [])

    def test_on_the_shared_loop_outside_of_tests(self) -> None:
        async def body(case: Any) -> None:
            context = contextvars.Context()
            await asyncio.create_task(self.everything(case), context=context)

        self.assertEqual(findings(case_of(body, shared_loop=True)), [])


class SilentLoopTests(QuietTestCase):
    """A loop that tells nothing."""

    def test_every_check_is_made_because_nothing_will_say_that_it_is_wanted(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            def __init_subclass__(cls) -> None:
                raise RuntimeError("it has none")

        async def body(case: Any) -> None:
            case.sockets = socket.socketpair()
            case.addCleanup(lambda: [each.close() for each in case.sockets])
            asyncio.get_running_loop().add_reader(case.sockets[0], print)

        [error] = findings(case_of(body, loop_factory=Loop))
        self.assertEqual(error.check, "transports")


class EndTests(unittest.TestCase):
    def test_the_second_end_does_nothing(self) -> None:
        over = session()
        for _ in range(2):
            over.end()
        self.assertTrue(over.is_over)

    def test_a_check_that_fails_again_is_reported_again(self) -> None:
        failing, check = session(), Odd()
        failing._checks["odd"] = check
        for error in (ValueError(), TypeError()):
            failing.give_up(check, "on_task", error)
        self.assertEqual([type(each) for each in failing._errors], [ValueError, TypeError])
        self.assertEqual(failing._unclosed, [check])


async def numbers() -> AsyncIterator[int]:
    yield 1


class Odd(Check):
    """Does what the test tells it."""

    name = "odd"
    does: dict[str, Callable[[], object]] = {}

    def do(self, what: str) -> Any:
        return self.does.get(what, list)()

    def begin(self, test: CheckContext) -> None:
        self.do(f"begin {test.scope}")

    def end(self, test: CheckContext) -> Any:
        return self.do("end")

    async def clean(self, test: CheckContext) -> None:
        self.do("clean")

    def close(self, test: CheckContext) -> None:
        self.do("close")


def fail() -> None:
    raise OSError("no")


class OddCheckTests(QuietTestCase):
    """A check of the user's that does not work is an error of each test, and the run goes on."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.dict(registry.ALL_CHECKS))
        self.enterContext(mock.patch.dict(Odd.does))
        register_check(Odd)

    def result(self, **names: Any) -> Events:
        async def body(case: Any) -> None:
            """Pass."""

        return run(case_of(body, **names))

    def test_one_that_raises(self) -> None:
        for name in ("begin", "end", "close"):
            Odd.does.clear()
            Odd.does["begin test" if name == "begin" else name] = fail
            with self.subTest(name):
                [error] = self.result().raised
                self.assertEqual(
                    (repr(error), error.__notes__), ("OSError('no')", [f"raised by {name}() of the check 'odd'"])
                )

    def test_one_of_ours_that_raises(self) -> None:
        with mock.patch.object(tasks.Tasks, "left", side_effect=OSError("no")):
            [error] = run(case_of(leaves_a_task)).raised
        self.assertEqual(error.__notes__, ["raised by left() of the check 'tasks'"])

    def test_one_that_raises_when_it_describes(self) -> None:
        class Boxes(Leftovers[str]):
            name = "boxes"

            def left(self, test: CheckContext) -> list[str]:
                return ["a box", "another"]

            def describe(self, thing: str, test: CheckContext) -> Finding:
                return Odd.does[thing]()  # type: ignore[return-value] # it is one, or raises

            async def clean(self, test: CheckContext) -> None:
                cleaned.append(1)

        cleaned: list[int] = []
        register_check(Boxes)
        Odd.does |= {"a box": lambda: Finding("a box"), "another": fail}
        finding, error = self.result().raised
        self.assertEqual(error.__notes__, ["raised by describe() of the check 'boxes'"])
        self.assertEqual((str(finding).splitlines()[0], cleaned), ("boxes: a box", []))
        Odd.does["another"] = lambda: Finding("another box", name="it")
        found = [str(each).splitlines()[0] for each in errors_in(self.result())]
        self.assertEqual(found, ["boxes: a box", "boxes: another box"])
        self.assertEqual(cleaned, [1])

    def test_one_that_is_interrupted_when_it_describes(self) -> None:
        def interrupt(_check: object, _task: object, _test: object) -> None:
            raise KeyboardInterrupt

        with mock.patch.object(tasks.Tasks, "describe", interrupt), self.assertRaises(KeyboardInterrupt):
            run(case_of(leaves_a_task))

    def test_one_that_raises_twice(self) -> None:
        Odd.does |= {"end": fail, "close": fail}
        notes = [error.__notes__ for error in self.result().raised]
        self.assertEqual(notes, [["raised by end() of the check 'odd'"], ["raised by close() of the check 'odd'"]])

    def test_one_that_fails_to_clean(self) -> None:
        Odd.does |= {"end": lambda: [Finding("a file")], "clean": fail}
        error, leak = self.result().raised
        self.assertEqual(error.__notes__, ["raised by clean() of the check 'odd'"])
        self.assertIsInstance(leak, FindingError)

    def test_one_that_returns_no_findings(self) -> None:
        for value, shown in ((None, "None"), (["a file"], r"\['a file'\]")):
            Odd.does["end"] = lambda: value  # noqa: B023 (called at once)
            with self.subTest(shown):
                [error] = self.result().raised
                self.assertRegex(
                    str(error), f"^end\\(\\) of the check 'odd' must return or yield Findings, and returned {shown}$"
                )

    def test_one_that_takes_too_long(self) -> None:
        Odd.does["end"] = threading.Event().wait
        [error] = self.result(teardown_timeout=0.05).raised
        self.assertRegex(str(error), r"^end\(\) of the check 'odd' timed out after 0.05 s \(teardown_timeout of")

    def test_one_that_is_interrupted(self) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        for what in ("end", "close"):
            with (
                self.subTest(what),
                mock.patch.dict(Odd.does, {what: interrupt}),
                self.assertRaises(KeyboardInterrupt),
            ):
                self.result()

    def test_one_that_can_not_begin_to_look_at_a_class(self) -> None:
        Odd.does["begin class"] = fail

        @resource(scope="class")
        async def thing() -> AsyncIterator[int]:
            yield 1

        class Case(AsyncTestCase):
            value = thing

            async def test(self) -> None:
                """Never run."""

        depth = sys.get_coroutine_origin_tracking_depth()
        self.assertEqual(run_suite(Case).log, ["start test", "addError OSError('no')"])
        current_run().close()
        self.assertEqual(sys.get_coroutine_origin_tracking_depth(), depth)
