"""The check of errors: what reaches the loop, and what lies in tasks that nobody has asked."""

import _thread
import asyncio
import contextlib
import contextvars
import gc
import io
import logging
import re
import sys
import threading
import time
import unittest
import warnings
import weakref
from collections.abc import AsyncGenerator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _stdlib, allow
from aiounit.checks.api import current_context
from aiounit.checks.builtin import loop_errors
from tests.checks.support import LoudTestCase, QuietTestCase, case_of, findings, first_lines, iterate, kinds, latecomers
from tests.resources.support import run_suite
from tests.support import run

WORDS = "Odd.__del__() raised ValueError('no'), which Python can only print"
LOST = "task 'Task-1' (die()) failed with ValueError('no'), and nothing retrieved the error"


class Held:
    """Something that an object holds."""


class Odd:
    """Fails when it is destroyed."""

    me: object = None
    held: object = None

    def __del__(self) -> None:
        raise ValueError("no")


async def die(message: str = "no") -> None:
    raise ValueError(message)


class FoundTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_the_whole_message(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.task = asyncio.create_task(die(), name="worker")  # type: ignore[attr-defined] # holds it
            await iterate()

        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 1
        self.assertEqual(
            str(error).splitlines(),
            [
                "errors: task 'worker' (die()) failed with ValueError('no'), and nothing retrieved the error",
                "made here, most recent call last:",
                f"  tests/checks/builtin/test_loop_errors.py, line {line}, in {body.__qualname__}: "
                'case.task = asyncio.create_task(die(), name="worker")  # type: ignore[attr-defined] # holds it',
                "Await the task, or handle the error where it is raised; if it is what the test is about, expect it "
                "with assertLoopError(), or take it with takeLoopError()",
            ],
        )
        self.assertEqual(repr(error.__cause__), "ValueError('no')")

    def test_one_of_a_callback_comes_from_the_line_that_raised_it(self) -> None:
        def callback() -> None:
            raise ValueError("no")

        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_soon(callback)
            await iterate()

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(case_of(body, checks={"errors": "warn"}))
        self.assertEqual(
            [(each.filename, each.lineno) for each in caught], [(__file__, callback.__code__.co_firstlineno + 1)]
        )

    def test_it_can_be_allowed_by_its_function(self) -> None:
        def callback() -> None:
            raise ValueError("no")

        @allow("errors", creator="*callback", reason="it is what this is about")
        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_soon(callback)
            await iterate()

        self.assertEqual(findings(case_of(body)), [])

    def test_a_message_without_an_error(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_exception_handler({"message": "Unclosed client session"})

        self.assertEqual(first_lines(case_of(body)), ["errors: Unclosed client session"])

    def test_an_error_without_a_message(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_exception_handler({"exception": ValueError("no")})

        self.assertEqual(first_lines(case_of(body)), ["errors: an error reached the event loop: ValueError('no')"])

    def test_each_error_once(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            error = ValueError("no")
            for _ in range(2):
                asyncio.get_running_loop().call_exception_handler({"message": "failed", "exception": error})

        self.assertEqual(first_lines(case_of(body)), ["errors: failed: ValueError('no')"])

    def test_with_a_handler_of_the_users_none(self) -> None:
        seen = []

        async def body(case: AsyncTestCase) -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _loop, context: seen.append(context["message"]))
            loop.call_exception_handler({"message": "handled"})

        self.assertEqual((first_lines(case_of(body)), seen), ([], ["handled"]))

    def test_an_error_of_a_handler_of_the_users(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _loop, context: case.assertEqual(context["message"], "expected"))
            loop.call_exception_handler({"message": "failed"})

        [line] = first_lines(case_of(body))
        self.assertRegex(line, "^errors: Unhandled error in exception handler: AssertionError.*'failed' != 'expected'")

    @unittest.skipIf(sys.version_info < (3, 12), "there are no eager tasks")
    def test_an_eager_task_that_has_ended_at_once(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            loop = asyncio.get_running_loop()
            loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore] # since 3.12
            case.task = loop.create_task(die(), name="worker")  # type: ignore[attr-defined] # holds it

        [line] = first_lines(case_of(body))
        self.assertRegex(line, r"^errors: task 'worker' \(die\(\)\) failed with ValueError")
        [error] = findings(case_of(body))
        self.assertIn('loop.create_task(die(), name="worker")', str(error))

    def test_an_error_that_can_not_be_described(self) -> None:
        class OddError(Exception):
            def __repr__(self) -> str:
                raise ValueError("no words")

        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_exception_handler({"exception": OddError()})

        [line] = first_lines(case_of(body))
        self.assertRegex(line, "^errors: an error reached the event loop: <.*OddError object at 0x.*>$")

    def test_one_that_comes_while_the_loop_is_closed(self) -> None:
        async def numbers() -> AsyncGenerator[int, None]:
            try:
                yield 1
            finally:
                asyncio.get_running_loop().call_exception_handler({"message": "closing"})

        async def body(case: Any) -> None:
            case.numbers = numbers()
            await anext(case.numbers)

        self.assertEqual(first_lines(case_of(body, checks={"asyncgens": "off"})), ["errors: closing"])

    def test_many_tasks(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for _ in range(5):
                await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))
            asyncio.create_task(die(), name="worker")

        with mock.patch.object(loop_errors, "_MANY", 4):
            self.assertEqual(len(findings(case_of(body))), 1)

    def test_a_cancelled_future_is_no_error(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_exception_handler({"message": "no", "exception": asyncio.CancelledError()})

        self.assertEqual(first_lines(case_of(body)), [])


class SharedLoopTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_an_error_belongs_to_the_test_that_has_made_the_task(self) -> None:
        kept: list[Any] = []

        class Case(AsyncTestCase):
            shared_loop = True

            async def test_1(self) -> None:
                future = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(self.fail, "callback")
                asyncio.get_running_loop().call_exception_handler({"message": "here"})
                future.set_exception(ValueError("dropped"))

            async def test_2(self) -> None:
                kept.clear()

        result = run_suite(Case)
        self.assertEqual(
            kinds(result.log),
            [
                "start test_1",
                "addError FindingsError",
                "start test_2",
                "addSuccess",
            ],
        )
        [error] = result.raised
        assert isinstance(error, BaseExceptionGroup)
        self.assertEqual(
            [str(each).partition("\n")[0].partition(" at ")[0][:40] for each in error.exceptions],
            [
                "errors: here",
                "errors: a future failed with ValueError(",
                "errors: Exception in callback TestCase.f",
            ],
        )

    def test_one_that_is_made_outside_of_tests_is_nobodys(self) -> None:
        class Case(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                loop = asyncio.get_running_loop()
                contextvars.Context().run(loop.call_exception_handler, {"message": "outside"})

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])


class ThreadTests(LoudTestCase):
    """Errors that end threads."""

    def die(self, start: Any, **names: Any) -> list[str]:
        def fail() -> None:
            raise ValueError("no")

        async def body(case: AsyncTestCase) -> None:
            start(fail)

        return first_lines(case_of(body, **{"checks": {"blocking": "off"}, **names}))  # a busy machine starts late

    def start(self, function: Any) -> None:
        thread = threading.Thread(target=function, name="worker")
        thread.start()
        thread.join()

    def start_low(self, function: Any) -> None:
        def run() -> None:
            function()

        _thread.start_new_thread(run, ())
        test: Any = current_context.get()
        while not test.check("errors").left(test):  # nothing else tells that such a thread has ended
            time.sleep(0.001)

    def test_one_of_each_kind(self) -> None:
        self.assertEqual(self.die(self.start), ["errors: thread 'worker' ended with ValueError('no')"])
        [line] = self.die(self.start_low)
        self.assertRegex(
            line,
            r"^errors: the thread started by <function ThreadTests\..*run at 0x\w+> ended with ValueError\('no'\)$",
        )

    def test_nothing_is_printed_twice(self) -> None:
        with mock.patch.object(sys, "stderr", io.StringIO()) as output:
            self.die(self.start)
        self.assertEqual(output.getvalue(), "")

    def test_it_is_printed_where_the_check_is_off(self) -> None:
        with mock.patch.object(sys, "stderr", io.StringIO()) as output:
            self.assertEqual(self.die(self.start, checks={"errors": "off"}), [])
        self.assertIn("ValueError: no", output.getvalue())

    def test_one_that_is_told_to_end(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            self.start(sys.exit)

        self.assertEqual(findings(case_of(body)), [])

    def test_a_hook_that_the_test_sets_wins(self) -> None:
        seen: list[Any] = []

        async def body(case: AsyncTestCase) -> None:
            with mock.patch.object(threading, "excepthook", seen.append):
                self.start(lambda: 1 / 0)

        self.assertEqual(findings(case_of(body)), [])
        self.assertEqual(len(seen), 1)
        self.assertIs(threading.excepthook, threading.__excepthook__)

    def test_one_that_comes_when_the_test_is_over(self) -> None:
        event = threading.Event()
        threads: list[threading.Thread] = []

        def fail() -> None:
            event.wait()
            raise ValueError("late")

        async def body(case: AsyncTestCase) -> None:
            threads.append(threading.Thread(target=fail, name="worker"))
            threads[0].start()

        async def other(case: AsyncTestCase) -> None:
            event.set()
            threads[0].join()

        self.assertEqual(findings(case_of(body, checks={"threads": "off"})), [])
        self.assertEqual(findings(case_of(other)), [])
        [found] = latecomers()
        self.assertEqual(
            (found.name, found.describe().what), ("suite.Case.test", "thread 'worker' ended with ValueError('late')")
        )


class DestructorTests(LoudTestCase):
    """Errors that are raised where Python can only print them."""

    def found(self, body: Any) -> list[str]:
        return first_lines(case_of(body, checks={"blocking": "off"}))  # the collector may have much to do

    def test_one_that_the_collector_finds_is_nobodys_by_name(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            odd = Odd()
            odd.me = odd
            del odd
            gc.collect()

        self.assertEqual(self.found(body), [])
        [found] = latecomers()
        self.assertEqual((found.name, found.describe().what), ("", WORDS))

    def test_it_is_not_kept_alive(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            odd = Odd()
            odd.held = held = Held()
            reference = weakref.ref(held)
            del odd, held
            case.assertIsNone(reference())

        self.assertEqual(self.found(body), [f"errors: {WORDS}"])

    def test_a_warning_that_is_an_error_is_none_of_ours(self) -> None:
        class Warning_:  # noqa: N801 (it is one)
            def __del__(self) -> None:
                raise ResourceWarning("unclosed")

        async def body(case: AsyncTestCase) -> None:
            Warning_()

        with mock.patch.object(sys, "stderr", io.StringIO()):
            self.assertEqual(self.found(body), [])

    def test_a_coroutine_that_ignores_its_end_is_none_of_ours(self) -> None:
        async def stubborn() -> None:
            while True:
                with contextlib.suppress(GeneratorExit):
                    await asyncio.sleep(0)

        async def body(case: AsyncTestCase) -> None:
            coroutine = stubborn()
            coroutine.send(None)
            del coroutine

        with mock.patch.object(sys, "stderr", io.StringIO()):
            self.assertEqual(self.found(body), [])

    def test_outside_of_a_test_it_is_printed(self) -> None:
        _stdlib.threads.hooks.begin(self)
        self.addCleanup(_stdlib.threads.hooks.end, self)
        with mock.patch.object(sys, "stderr", io.StringIO()) as output:
            Odd()
            odd = Odd()
            odd.me = odd
            del odd
            gc.collect()
        self.assertEqual(output.getvalue().count("ValueError: no"), 2)


class OtherLoopTests(QuietTestCase):
    """Errors on loops that tests run themselves."""

    async def lose(self) -> None:
        task = asyncio.create_task(die())
        await asyncio.sleep(0)
        del task

    def found(self, body: Any) -> list[str]:
        with mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            return [re.sub(r"Task-\d+", "Task-1", line) for line in first_lines(case_of(body))]

    def test_in_each_thread(self) -> None:
        def plain(case: AsyncTestCase) -> None:
            asyncio.run(self.lose())

        async def to_thread(case: AsyncTestCase) -> None:
            await asyncio.to_thread(asyncio.run, self.lose())

        def own(case: AsyncTestCase) -> None:
            loop = asyncio.new_event_loop()
            loop.run_until_complete(self.lose())
            loop.close()

        for body in (plain, to_thread, own):
            with self.subTest(body.__name__):
                self.assertEqual(self.found(body), [f"errors: {LOST}"])

    def test_one_that_the_test_reads_in_the_log(self) -> None:
        def body(case: AsyncTestCase) -> None:
            with case.assertLogs("asyncio"):
                asyncio.run(self.lose())

        self.assertEqual(first_lines(case_of(body)), [])


class GivenTests(unittest.TestCase):
    def test_what_belongs_to_a_scope_without_the_check_is_forgotten(self) -> None:
        class Session:
            closed = False

            def __del__(self) -> None:
                if not self.closed:
                    self.loop.call_exception_handler({})  # type: ignore[attr-defined] # never

        session, check, subject = Session(), loop_errors.Errors(), mock.Mock()
        subject.loop.get_exception_handler.return_value = None
        check.take_open(session)
        before = check.left(subject)
        check.give(session, None)
        session.closed = True
        self.assertEqual((before, check.left(subject)), ([session], []))


class LateTests(QuietTestCase):
    def test_an_error_that_comes_when_the_test_is_over(self) -> None:
        kept: list[Any] = []

        async def body(case: AsyncTestCase) -> None:
            future = asyncio.get_running_loop().create_future()
            future.set_exception(ValueError("late"))
            kept.append(future)

        self.assertEqual(findings(case_of(body)), [])
        with self.assertNoLogs("aiounit"), mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            kept.clear()
            gc.collect()
        [found] = latecomers()
        self.assertEqual(
            (found.name, found.check, found.describe().what),
            ("suite.Case.test", "errors", "a future failed with ValueError('late'), and nothing retrieved the error"),
        )

    def test_not_where_the_check_is_off(self) -> None:
        kept: list[Any] = []

        async def body(case: AsyncTestCase) -> None:
            kept.append(asyncio.get_running_loop().create_future())
            kept[0].set_exception(ValueError("late"))

        self.assertEqual(findings(case_of(body, checks={"errors": "off"})), [])
        with mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            kept.clear()
        self.assertEqual(latecomers(), [])


class CapturedLogTests(QuietTestCase):
    def test_a_test_that_looks_at_the_log_expects_it(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for name in ("asyncio", None):
                with case.assertLogs(name, "ERROR"):
                    asyncio.create_task(die())
                    await iterate()

        self.assertEqual(findings(case_of(body)), [])

    def test_and_one_that_holds_the_task(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.task = asyncio.create_task(die())  # type: ignore[attr-defined] # holds it
            await iterate()

        with self.assertNoLogs("asyncio"):
            self.assertEqual(findings(case_of(body)), [])

    def test_the_log_of_something_else_is_another_matter(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertLogs("other"):
                logging.getLogger("other").error("no")
                asyncio.create_task(die())
                await iterate()

        with mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            self.assertEqual(len(findings(case_of(body))), 1)

    def test_a_logger_that_tells_nobody_above(self) -> None:
        logger = logging.getLogger("asyncio")
        with mock.patch.object(logger, "propagate", False), self.assertLogs():
            logging.getLogger().error("there must be one")
            self.assertFalse(loop_errors.is_log_captured())
