"""Tests that end just when their time is over: ``python -m tests.hangs.races KIND THREAD``.

Whichever comes first, each test is reported once, as a success or as a timeout, and the run goes on.
"""

import asyncio
import contextlib
import random
import sys
import threading
import time
import unittest
from collections.abc import Callable
from typing import Any

from aiounit import AsyncTestCase, TimeoutFailure

TESTS = 100
# All in seconds. Tests end around their budget, or around the moment at which what blocks the loop is interrupted.
BUDGET = 0.01
PATIENCE = 0.01
JITTER = 0.001


class Races(AsyncTestCase):
    """The tests are added below."""

    timeout = 10 * BUDGET  # scaled by 0.1


def make_test(kind: str, seconds: float) -> Callable[[Any], Any]:
    """Make a test of some length."""

    async def sleep(_self: object) -> None:
        await asyncio.sleep(seconds)

    async def turn(_self: object) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:  # noqa: ASYNC110 (to turn the loop is the point)
            await asyncio.sleep(0)

    async def block(_self: object) -> None:
        time.sleep(seconds + PATIENCE)  # noqa: ASYNC251 (to block is the point)

    async def spin(_self: object) -> None:
        end = time.monotonic() + seconds + PATIENCE
        while time.monotonic() < end:
            pass

    async def swallow(_self: object) -> None:
        end = time.monotonic() + seconds + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(BaseException):
                len("spin")

    def spin_without_a_loop(_self: object) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    made: Callable[[Any], Any] = locals()[kind]
    return made


def run(kind: str) -> None:
    """Run the tests, and say what does not belong there."""
    generator = random.Random(1)
    for number in range(TESTS):
        test = make_test(kind, BUDGET + generator.uniform(-JITTER, JITTER))
        setattr(Races, f"test_{number:03}", test)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Races).run(result)
    failures = [text for _, text in result.errors + result.failures if TimeoutFailure.__name__ not in text]
    print(f"{result.testsRun} tests, {len(failures)} odd failures", *failures[:1], sep="\n", flush=True)


if __name__ == "__main__":
    if sys.argv[2] == "main":
        run(sys.argv[1])
    else:
        runner = threading.Thread(target=run, args=(sys.argv[1],))
        runner.start()
        runner.join()
