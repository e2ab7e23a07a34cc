"""Subtests report what stdlib's do, keep their own parameters in concurrent tasks, and let a cancellation through."""

import asyncio
import inspect
import unittest
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

from aiounit import AsyncTestCase, settings
from aiounit.settings import Settings
from tests.support import Events, run
from tests.walk import follow

Body = Callable[..., Awaitable[None] | None]


def case_of(
    body: Body, base: type[IsolatedAsyncioTestCase] = AsyncTestCase, **hooks: Callable[..., Any]
) -> type[IsolatedAsyncioTestCase]:
    """Return a test case with the one test ``body`` and the given hooks."""
    return type("Case", (base,), {"test": body, **hooks})


def events(body: Body, result: Events | None = None) -> list[str]:
    """Run ``body`` as a test; return what was reported between its start and its stop."""
    result = Events() if result is None else result
    case_of(body)("test").run(result)
    return result.log[1:-1]


class SubTestTestCase(unittest.TestCase):
    def assert_as_stdlib(self, body: Body, expected: list[str], *, failfast: bool = False) -> None:
        """Assert that a test is reported like this, by stdlib's class and by ours."""
        for base in (IsolatedAsyncioTestCase, AsyncTestCase):
            with self.subTest(base=base.__name__):
                result = Events()
                result.failfast = failfast
                case_of(body, base)("test").run(result)
                self.assertEqual(result.log, ["startTest", *expected, "stopTest"])


class AsStdlibTests(SubTestTestCase):
    """One after another, subtests are reported as stdlib reports them."""

    def test_success(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest("message", n=1):
                pass

        self.assert_as_stdlib(body, ["addSubTest [message] (n=1)", "addSuccess"])

    def test_no_message_and_no_parameters(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest():
                pass

        self.assert_as_stdlib(body, ["addSubTest (<subtest>)", "addSuccess"])

    def test_a_message_of_none(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(None):
                pass

        self.assert_as_stdlib(body, ["addSubTest [None]", "addSuccess"])

    def test_the_test_goes_on_after_a_failure(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for n in range(3):
                with case.subTest(n=n):
                    case.assertNotEqual(n, 1, "no")

        self.assert_as_stdlib(
            body, ["addSubTest (n=0)", "addSubTest (n=1) AssertionError('1 == 1 : no')", "addSubTest (n=2)"]
        )

    def test_nested(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest("outer", a=1, b=2):
                with case.subTest("inner", b=3):
                    case.assertTrue(0)
                case.assertFalse(1)

        self.assert_as_stdlib(
            body,
            [
                "addSubTest [inner] (b=3, a=1) AssertionError('0 is not true')",
                "addSubTest [outer] (a=1, b=2) AssertionError('1 is not false')",
            ],
        )

    def test_an_inner_failure_spoils_the_outer_one(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest("outer"), case.subTest("inner"):
                raise ValueError("no")

        self.assert_as_stdlib(body, ["addSubTest [inner] ValueError('no')"])

    def test_skip(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for n in (1, 2):
                with case.subTest(n=n):
                    if n == 1:
                        case.skipTest("why")

        self.assert_as_stdlib(body, ["addSkip why", "addSubTest (n=2)"])

    def test_a_cancellation_that_nobody_asked_for(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                raise asyncio.CancelledError("mine")

        self.assert_as_stdlib(body, ["addSubTest (n=1) CancelledError('mine')"])

    def test_a_timeout_inside(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                async with asyncio.timeout(0):
                    await asyncio.Event().wait()

        self.assert_as_stdlib(body, ["addSubTest (n=1) TimeoutError()"])

    def test_failfast_ends_the_test(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                case.fail("no")
            raise ValueError("not reached")

        self.assert_as_stdlib(body, ["addSubTest (n=1) AssertionError('no')"], failfast=True)

    def test_failfast_goes_on_after_success(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                pass
            with case.subTest(n=2):
                pass

        self.assert_as_stdlib(body, ["addSubTest (n=1)", "addSubTest (n=2)", "addSuccess"], failfast=True)

    def test_failfast_from_an_inner_one(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest("outer"):
                with case.subTest("inner"):
                    case.fail("no")
                raise ValueError("not reached")
            raise ValueError("not reached either")

        self.assert_as_stdlib(body, ["addSubTest [inner] AssertionError('no')"], failfast=True)

    def test_an_expected_failure_ends_the_test(self) -> None:
        @unittest.expectedFailure
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                pass
            with case.subTest(n=2):
                case.fail("no")
            raise ValueError("not reached")

        self.assert_as_stdlib(body, ["addSubTest (n=1)", "addExpectedFailure AssertionError('no')"])

    def test_an_expected_failure_of_an_inner_one_ends_the_test(self) -> None:
        @unittest.expectedFailure
        async def body(case: AsyncTestCase) -> None:
            with case.subTest("outer"):
                with case.subTest("inner"):
                    case.fail("no")
                raise ValueError("not reached")
            raise ValueError("not reached either")

        self.assert_as_stdlib(body, ["addExpectedFailure AssertionError('no')"])

    def test_an_unexpected_success(self) -> None:
        @unittest.expectedFailure
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                pass

        self.assert_as_stdlib(body, ["addSubTest (n=1)", "addUnexpectedSuccess"])

    def test_a_failure_in_set_up_is_not_the_expected_one(self) -> None:
        async def fail(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                case.fail("no")

        @unittest.expectedFailure
        async def body(case: AsyncTestCase) -> None:
            """Not reached."""

        for base in (IsolatedAsyncioTestCase, AsyncTestCase):
            with self.subTest(base=base.__name__):
                kind = case_of(body, base, asyncSetUp=fail)
                self.assertEqual(run(kind).log[1:-1], ["addSubTest (n=1) AssertionError('no')"])

    def test_in_a_synchronous_test(self) -> None:
        def body(case: AsyncTestCase) -> None:
            with case.subTest("outer", a=1):
                with case.subTest("inner"):
                    pass
                case.fail("no")

        self.assert_as_stdlib(body, ["addSubTest [inner] (a=1)", "addSubTest [outer] (a=1) AssertionError('no')"])

    def test_a_test_that_is_run_inside_one(self) -> None:
        async def inner(case: AsyncTestCase) -> None:
            with case.subTest("inner"):
                pass

        for base in (IsolatedAsyncioTestCase, AsyncTestCase):
            with self.subTest(base=base.__name__):
                log: list[str] = []

                def outer(case: AsyncTestCase, *, base: Any = base, log: list[str] = log) -> None:
                    with case.subTest("outer", a=1):
                        log += run(case_of(inner, base)).log

                run(case_of(outer, base))
                self.assertEqual(log, ["startTest", "addSubTest [inner]", "addSuccess", "stopTest"])

    def test_in_set_up_tear_down_and_cleanup(self) -> None:
        def hook(name: str) -> Callable[[AsyncTestCase], None]:
            def enclosed(case: AsyncTestCase) -> None:
                with case.subTest(name):
                    pass

            return enclosed

        async def body(case: AsyncTestCase) -> None:
            case.addCleanup(hook("cleanup"), case)

        for base in (IsolatedAsyncioTestCase, AsyncTestCase):
            with self.subTest(base=base.__name__):
                kind = case_of(body, base, setUp=hook("setUp"), tearDown=hook("tearDown"))
                self.assertEqual(
                    run(kind).log[1:-1],
                    ["addSubTest [setUp]", "addSubTest [tearDown]", "addSubTest [cleanup]", "addSuccess"],
                )

    def test_the_signature(self) -> None:
        ours, theirs = (inspect.signature(kind.subTest).parameters for kind in (AsyncTestCase, unittest.TestCase))
        self.assertEqual(
            [(each.name, each.kind, each.default) for each in ours.values()],
            [(each.name, each.kind, each.default) for each in theirs.values()],
        )


class ConcurrentTests(unittest.TestCase):
    """Each task of a test is in its own subtest; stdlib takes one that begins later for a part of the earlier."""

    def test_each_keeps_its_parameters(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            begun = asyncio.Barrier(3)

            async def check(n: int) -> None:
                with case.subTest(n=n):
                    await begun.wait()
                    case.assertNotEqual(n, 1, "no")

            await asyncio.gather(check(0), check(1), check(2))

        # The last to arrive goes on first.
        self.assertEqual(
            events(body), ["addSubTest (n=2)", "addSubTest (n=0)", "addSubTest (n=1) AssertionError('1 == 1 : no')"]
        )

    def test_they_add_to_the_one_around_their_tasks(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            async def check(n: int) -> None:
                with case.subTest(n=n):
                    await asyncio.sleep(0)

            with case.subTest("all"):
                await asyncio.gather(check(0), check(1))

        self.assertEqual(events(body), ["addSubTest (n=0)", "addSubTest (n=1)", "addSubTest [all]", "addSuccess"])

    def test_nested_in_each(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            async def check(n: int) -> None:
                with case.subTest(n=n):
                    await asyncio.sleep(0)
                    with case.subTest("inner"):
                        await asyncio.sleep(0)

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(check(0))
                tasks.create_task(check(1))

        self.assertEqual(
            events(body),
            [
                *("addSubTest [inner] (n=0)", "addSubTest (n=0)"),
                *("addSubTest [inner] (n=1)", "addSubTest (n=1)"),
                "addSuccess",
            ],
        )

    def test_a_failure_spoils_no_other(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            failed = asyncio.Event()

            async def fail() -> None:
                with case.subTest("fails"):
                    failed.set()
                    case.fail("no")

            async def outlast() -> None:
                with case.subTest("passes"):
                    await failed.wait()

            await asyncio.gather(outlast(), fail())

        self.assertEqual(events(body), ["addSubTest [fails] AssertionError('no')", "addSubTest [passes]"])

    def test_in_a_thread_of_the_executor(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            def check() -> None:
                with case.subTest("thread"):
                    pass

            with case.subTest(n=1):
                await asyncio.to_thread(check)

        self.assertEqual(events(body), ["addSubTest [thread] (n=1)", "addSubTest (n=1)", "addSuccess"])


class CancellationTests(unittest.TestCase):
    """A cancellation that was asked for is no failure of the subtest; stdlib reports and swallows it."""

    def test_a_timeout_around_it(self) -> None:
        result = Events()

        async def body(case: AsyncTestCase) -> None:
            with case.assertRaises(TimeoutError):
                async with asyncio.timeout(0):
                    with case.subTest(n=1):
                        await asyncio.Event().wait()
            result.log.append("timed out")

        self.assertEqual(events(body, result), ["timed out", "addSuccess"])

    def test_a_timeout_around_the_test(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            await case.enter(asyncio.timeout(0))
            with case.subTest("outer"), case.subTest("inner"):
                await asyncio.Event().wait()

        self.assertEqual(events(body), ["addError TimeoutError()"])

    def test_a_task_group_around_it(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            async def fail() -> None:
                raise ValueError("no")

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fail())
                with case.subTest(n=1):
                    await asyncio.Event().wait()

        group = "ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('no')])"
        self.assertEqual(events(body), [f"addError {group}"])

    def test_its_task_is_cancelled(self) -> None:
        seen: list[bool] = []

        async def body(case: AsyncTestCase) -> None:
            async def wait() -> None:
                with case.subTest(n=1):
                    await asyncio.Event().wait()

            task = asyncio.create_task(wait())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            seen.append(task.cancelled())

        self.assertEqual((events(body), seen), (["addSuccess"], [True]))

    def test_the_message_of_a_cancellation_is_kept(self) -> None:
        seen: list[tuple[object, ...]] = []

        async def body(case: AsyncTestCase) -> None:
            async def wait() -> None:
                try:
                    with case.subTest(n=1):
                        await asyncio.Event().wait()
                except asyncio.CancelledError as error:
                    seen.append(error.args)

            task = asyncio.create_task(wait())
            await asyncio.sleep(0)
            task.cancel("enough")
            await asyncio.wait([task])

        events(body)
        self.assertEqual(seen, [("enough",)])


class InterruptTests(unittest.TestCase):
    def test_ctrl_c_is_no_failure_of_the_subtest(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                raise KeyboardInterrupt

        result = Events()
        with self.assertRaises(KeyboardInterrupt):
            case_of(body)("test").run(result)
        self.assertEqual(result.log, ["startTest", "stopTest"])


class CleanUpTests(unittest.TestCase):
    def test_with_failfast_a_passing_subtest_does_not_end_the_tear_down_of_a_failed_test(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.fail("test")

            async def asyncTearDown(self) -> None:
                with self.subTest("passes"):
                    pass
                log.append("goes on")

        result = Events(log)
        result.failfast = True
        Case("test").run(result)
        self.assertEqual(
            log, ["startTest", "addFailure AssertionError('test')", "addSubTest [passes]", "goes on", "stopTest"]
        )


class WithoutReportTests(unittest.TestCase):
    """Where nobody takes the outcome of a subtest, its errors are the test's."""

    def setUp(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest(n=1):
                raise ValueError("first")

        self.case = case_of(body)("test")

    def test_a_result_that_knows_no_subtests(self) -> None:
        result = mock.Mock(spec=["startTest", "stopTest", "addError", "addDuration"])
        self.case.run(result)
        self.assertEqual(
            [call for call in result.mock_calls if call[0] != "addDuration"],
            [
                mock.call.startTest(self.case),
                mock.call.addError(self.case, (ValueError, mock.ANY, mock.ANY)),
                mock.call.stopTest(self.case),
            ],
        )

    def test_debug_raises_the_first_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "^first$"):
            self.case.debug()

    def test_outside_a_run_the_block_just_runs(self) -> None:
        entered = False
        with AsyncTestCase("run").subTest():
            entered = True
        self.assertTrue(entered)

    def test_outside_a_run(self) -> None:
        with self.assertRaisesRegex(ValueError, "^first$"), AsyncTestCase("run").subTest():
            raise ValueError("first")


class TracebackTests(unittest.TestCase):
    """The traceback of a subtest holds the user's frames."""

    def frames(self, wanted: Settings) -> list[str]:
        async def body(case: AsyncTestCase) -> None:
            with case.subTest():
                await asyncio.wait_for(fails(), None)

        async def fails() -> None:
            raise ValueError("no")

        result = Events()
        with mock.patch.object(settings, "current", return_value=wanted):
            events(body, result)
        traceback = result.raised[0].__traceback__
        names = []
        while traceback is not None:
            names.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return names

    def test_trimmed(self) -> None:
        self.assertEqual(self.frames(Settings())[-2:], ["body", "fails"])

    def test_full(self) -> None:
        self.assertEqual(self.frames(Settings(full_traceback=True))[-3:], ["body", "wait_for", "fails"])


class CostTests(unittest.TestCase):
    def test_a_subtest_that_passes_takes_fewer_calls_than_in_stdlib(self) -> None:
        self.assertLess(self.calls(AsyncTestCase), self.calls(IsolatedAsyncioTestCase))

    def calls(self, base: type[IsolatedAsyncioTestCase]) -> int:
        """Return how many calls a hundred subtests take, with those inside the standard library."""

        def run_subtests(count: int) -> int:
            def test(case: unittest.TestCase) -> None:
                for number in range(count):
                    with case.subTest(number=number):
                        pass

            return len(follow(lambda: run(case_of(test, base)), Path("/")).calls)

        run_subtests(1)  # what is done once is done
        return run_subtests(101) - run_subtests(1)

    def test_a_subtest_can_decorate_a_function(self) -> None:
        def test(case: unittest.TestCase) -> None:
            @case.subTest(item="tea")  # type: ignore[operator] # not known of the protocol
            def check() -> None:
                case.fail("empty")

            check()
            check()

        self.assertEqual(events(test), ["addSubTest (item='tea') AssertionError('empty')"] * 2)
