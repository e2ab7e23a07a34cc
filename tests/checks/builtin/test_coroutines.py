"""The check of coroutines: the message."""

import asyncio

from aiounit import AsyncTestCase
from tests.checks.support import QuietTestCase, case_of, findings


class MessageTests(QuietTestCase):
    def test_the_whole(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.sleep(1)  # type: ignore[unused-coroutine] # yes

        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 1
        self.assertEqual(
            str(error).splitlines(),
            [
                "coroutines: coroutine sleep() was never awaited",
                "made here, most recent call last:",
                f"  tests/checks/builtin/test_coroutines.py, line {line}, in {body.__qualname__}: "
                "asyncio.sleep(1)  # type: ignore[unused-coroutine] # yes",
                "Await it, or make a task of it; close() it if it is not to run",
            ],
        )
