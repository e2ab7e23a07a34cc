"""What a task and its driver hand to each other, by itself."""

import asyncio
import unittest

from aiounit.loops.handover import Request, pause
from aiounit.loops.relay import Relay


class RequestTest(unittest.TestCase):
    """A coroutine that is run for somebody else."""

    def served(self, error: BaseException | None) -> Request[str]:
        async def work() -> str:
            await asyncio.sleep(0)
            if error is not None:
                raise error
            return "value"

        requests: list[Request[str]] = []

        async def serve() -> None:
            requests.append(Request(work(), asyncio.get_running_loop()))
            await requests[0].serve()

        asyncio.run(Relay(serve()))
        return requests[0]

    def test_it_returns_what_the_coroutine_returned(self) -> None:
        self.assertEqual(self.served(None).result(), "value")

    def test_it_raises_what_the_coroutine_raised(self) -> None:
        for error in (ValueError("work"), asyncio.CancelledError("gone"), GeneratorExit(), KeyboardInterrupt()):
            with self.subTest(error=error), self.assertRaises(type(error)) as caught:
                self.served(error).result()
            self.assertIs(caught.exception, error)

    def test_it_raises_a_cancellation_that_the_coroutine_has_not_waited_for(self) -> None:
        async def work() -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel("late")

        async def serve() -> None:
            request = Request(work(), asyncio.get_running_loop())
            await request.serve()
            with self.assertRaisesRegex(asyncio.CancelledError, "^late$"):
                request.result()
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()

        asyncio.run(Relay(serve()))


class PauseTest(unittest.TestCase):
    """A pause of one turn."""

    def test_what_is_due_happens_meanwhile(self) -> None:
        async def main() -> list[str]:
            log: list[str] = []
            asyncio.get_running_loop().call_soon(log.append, "called")
            await pause()
            return log

        self.assertEqual(asyncio.run(main()), ["called"])
