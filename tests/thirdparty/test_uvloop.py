"""uvloop makes the loops of tests, in whichever way ``loop_factory`` names it."""

import asyncio
import subprocess
import sys
import unittest

from aiounit import AsyncTestCase
from tests.thirdparty.recording import outcomes

try:
    import uvloop
except ImportError:
    raise unittest.SkipTest("uvloop isn't installed") from None


def make_loop() -> asyncio.AbstractEventLoop:
    return uvloop.Loop()


class UvloopTest(unittest.TestCase):
    def test_every_form_of_loop_factory(self) -> None:
        for factory in (uvloop.Loop, uvloop.new_event_loop, make_loop, staticmethod(make_loop)):
            with self.subTest(factory=factory):

                class Case(AsyncTestCase):
                    loop_factory = factory

                    async def test(self) -> None:
                        self.assertIsInstance(asyncio.get_running_loop(), uvloop.Loop)

                self.assertEqual({"test": "addSuccess"}, outcomes(Case))

    def test_every_phase_runs_and_the_loop_is_closed(self) -> None:
        log: list[str] = []
        loops: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            loop_factory = uvloop.new_event_loop

            def setUp(self) -> None:
                asyncio.run(asyncio.sleep(0))  # which works only if no loop is running
                log.append("setUp")

            async def asyncSetUp(self) -> None:
                loops.append(asyncio.get_running_loop())
                self.addAsyncCleanup(self.clean_up)
                log.append("asyncSetUp")

            async def test(self) -> None:
                log.append("test")
                self.fail("on purpose")

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

            def tearDown(self) -> None:
                asyncio.run(asyncio.sleep(0))
                log.append("tearDown")

            async def clean_up(self) -> None:
                await asyncio.sleep(0)
                log.append("cleanup")

        self.assertEqual({"test": "addFailure AssertionError"}, outcomes(Case))
        self.assertEqual(["setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown", "cleanup"], log)
        self.assertTrue(loops[0].is_closed())

    def test_what_is_left_on_the_loop_is_closed_with_it(self) -> None:
        log: list[str] = []

        async def leave_behind() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cancelled")

        class Case(AsyncTestCase):
            loop_factory = uvloop.new_event_loop
            checks = {"tasks": "off"}

            async def test(self) -> None:
                self.task = asyncio.create_task(leave_behind())
                await asyncio.sleep(0)
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", "print('done')", stdout=subprocess.PIPE
                )
                output, _ = await process.communicate()
                self.assertEqual(b"done", output.strip())

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))
        self.assertEqual(["cancelled"], log)
