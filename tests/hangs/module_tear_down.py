"""A module whose asynchronous tear-down hangs. Its synchronous tear-down runs, and the tests of the next module."""

import asyncio

from .support import AGES, NEXT, ScopedCase, expects, note


async def asyncTearDownModule() -> None:
    await asyncio.sleep(AGES)  # hangs


def tearDownModule() -> None:
    note("tearDownModule")


@expects(
    phase="asyncTearDownModule of {module}",
    events=("test", "tearDownModule", "next"),
    problems=("ERROR: tearDownModule ({module})",),
    then=NEXT,
    in_module=True,
    environment={"AIOUNIT_TEARDOWN_TIMEOUT": "1"},
)
class AsyncTearDownModule(ScopedCase):
    """Its test passes."""
