"""An expected background error does not fail the test: it is taken from the loop, and any other goes on."""

import asyncio
import math
import re
from typing import Any

from tests.assertions.virtual import AssertionTestCase, later, now, virtual


async def fail(error: BaseException) -> None:
    raise error


def throw(error: BaseException) -> None:
    raise error


class HandlerTestCase(AssertionTestCase):
    """Tests with an exception handler of their own, which takes what nobody claims."""

    def install(self) -> list[Any]:
        """Install it, and return what reaches it: errors, or messages without one."""
        unclaimed: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: unclaimed.append(context.get("exception", context["message"]))
        )
        return unclaimed


class LoopErrorTests(HandlerTestCase):
    @virtual
    async def test_an_error_of_a_callback(self) -> None:
        unclaimed = self.install()
        error = ValueError("no")
        async with self.case.assertLoopError(ValueError) as claimed:
            later(0.5, throw, error)
        self.assertIs(claimed.exception, error)
        self.assertEqual((claimed.context["exception"], unclaimed, now()), (error, [], 0.5))

    @virtual
    async def test_an_error_of_a_task_that_nobody_awaits(self) -> None:
        unclaimed = self.install()
        async with self.case.assertLoopError((KeyError, ValueError)):
            asyncio.create_task(fail(ValueError("no")))  # noqa: RUF006 (nobody keeps it, on purpose)
        self.assertEqual(unclaimed, [])

    @virtual
    async def test_an_error_in_a_circle(self) -> None:
        self.install()
        async with self.case.assertLoopError(ValueError):
            task: Any = asyncio.create_task(fail(ValueError("no")))
            circle = [task]
            circle.append(circle)
            await asyncio.wait([task])
            del task, circle

    @virtual
    async def test_without_waiting(self) -> None:
        unclaimed = self.install()
        with self.case.assertLoopError(ValueError):
            later(0, throw, ValueError("no"))
            await asyncio.sleep(0.5)
        self.assertEqual(unclaimed, [])

    @virtual
    async def test_one_with_a_message(self) -> None:
        unclaimed = self.install()
        other = ValueError("milk")
        with self.case.assertLoopError(ValueError, match=re.compile("^tea$")) as claimed:
            later(0.25, throw, other)
            later(0.5, throw, ValueError("tea"))
            await asyncio.sleep(1)
        self.assertEqual((str(claimed.exception), unclaimed), ("tea", [other]))

    @virtual
    async def test_only_one_is_claimed(self) -> None:
        unclaimed = self.install()
        second = ValueError("second")
        with self.case.assertLoopError(ValueError) as claimed:
            later(0.25, throw, ValueError("first"))
            later(0.5, throw, second)
            await asyncio.sleep(1)
        self.assertEqual((str(claimed.exception), unclaimed), ("first", [second]))

    @virtual
    async def test_others_go_to_the_handler_before(self) -> None:
        unclaimed = self.install()
        other = KeyError("tea")
        with self.case.assertLoopError(ValueError):
            later(0, throw, other)
            later(0, throw, ValueError("no"))
            asyncio.get_running_loop().call_exception_handler({"message": "no error"})
            await asyncio.sleep(0.5)
        self.assertEqual(unclaimed, ["no error", other])

    @virtual
    async def test_others_are_logged_without_a_handler(self) -> None:
        with self.assertLogs("asyncio", "ERROR") as logs, self.case.assertLoopError(ValueError):
            asyncio.get_running_loop().call_exception_handler({"message": "no error"})
            later(0, throw, ValueError("no"))
            await asyncio.sleep(0.5)
        self.assertEqual(logs.output, ["ERROR:asyncio:no error"])

    @virtual
    async def test_nested(self) -> None:
        unclaimed = self.install()
        with self.case.assertLoopError(KeyError), self.case.assertLoopError(ValueError):
            later(0, throw, KeyError("tea"))
            later(0, throw, ValueError("no"))
            await asyncio.sleep(0.5)
        self.assertEqual(unclaimed, [])

    @virtual
    async def test_the_handler_before_is_there_again(self) -> None:
        loop = asyncio.get_running_loop()
        self.install()
        before = loop.get_exception_handler()
        async with self.case.assertLoopError(ValueError):
            later(0, throw, ValueError("no"))
        self.assertIs(loop.get_exception_handler(), before)

    @virtual
    async def test_a_handler_that_the_block_installs_stays(self) -> None:
        loop = asyncio.get_running_loop()
        later(0, throw, ValueError("no"))
        with self.case.assertLoopError(ValueError):
            await asyncio.sleep(0.5)
            self.install()
            own = loop.get_exception_handler()
        self.assertIs(loop.get_exception_handler(), own)


class LoopErrorFailureTests(HandlerTestCase):
    async def leave(self, **options: Any) -> str:
        with self.assertRaises(AssertionError) as caught:
            async with self.case.assertLoopError(ValueError, **options):
                later(0, throw, KeyError("tea"))
        return str(caught.exception)

    @virtual
    async def test_no_error_in_time(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            async with self.case.assertLoopError((KeyError, ValueError), timeout=0.5, msg="why"):
                pass
        self.assertEqual(
            str(caught.exception),
            "no KeyError or ValueError reached the exception handler of the loop within 0.5 seconds : why",
        )
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_another_error(self) -> None:
        self.install()
        self.assertEqual(
            await self.leave(),
            "no ValueError reached the exception handler of the loop within 1 second. Others did: KeyError('tea')",
        )

    @virtual
    async def test_no_error_in_the_block(self) -> None:
        with self.assertRaises(AssertionError) as caught, self.case.assertLoopError(ValueError):
            later(0, str)
        self.assertEqual(
            str(caught.exception),
            "no ValueError reached the exception handler of the loop in the block; async with would wait for one",
        )

    @virtual
    async def test_an_error_in_the_block_goes_through(self) -> None:
        with self.assertRaisesRegex(KeyError, "^'tea'$"):
            async with self.case.assertLoopError(ValueError):
                raise KeyError("tea")
        with self.assertRaisesRegex(KeyError, "^'tea'$"), self.case.assertLoopError(ValueError):
            raise KeyError("tea")

    @virtual
    async def test_a_cancellation_while_it_waits(self) -> None:
        async def wait() -> None:
            async with self.case.assertLoopError(ValueError):
                pass

        task = asyncio.create_task(wait())
        await asyncio.sleep(0.5)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertIsNone(asyncio.get_running_loop().get_exception_handler())


class LoopErrorMisuseTests(AssertionTestCase):
    def assert_refused(self, kind: type[Exception], message: str, *arguments: Any, **options: Any) -> None:
        with self.assertRaises(kind) as caught:
            self.case.assertLoopError(*arguments, **options)
        self.assertEqual(str(caught.exception), message)

    def test_what_is_no_class_of_exceptions(self) -> None:
        message = "kind of assertLoopError() must be a class of exceptions or a tuple of them, not 3"
        self.assert_refused(TypeError, message, 3)

    def test_what_is_no_regular_expression(self) -> None:
        message = "match of assertLoopError() must be a regular expression, not 5"
        self.assert_refused(TypeError, message, ValueError, match=5)

    def test_a_time_that_can_not_be(self) -> None:
        self.assert_refused(TypeError, "timeout must be a number of seconds, not '1'", ValueError, timeout="1")
        message = "timeout must be a finite number of seconds, 0 or more, not nan"
        self.assert_refused(ValueError, message, ValueError, timeout=math.nan)

    def test_without_a_loop(self) -> None:
        with self.assertRaises(RuntimeError) as caught, self.case.assertLoopError(ValueError):
            pass
        self.assertEqual(
            str(caught.exception),
            "assertLoopError() can be entered only in an async def test, or in another task of a running loop",
        )
