"""A module whose asynchronous set-up hangs. The tests of the next module must pass."""

import asyncio

from .support import AGES, MAIN, NEXT, THREAD, ScopedCase, expects


async def asyncSetUpModule() -> None:
    await asyncio.sleep(AGES)  # hangs


@expects(
    phase="asyncSetUpModule of {module}",
    events=("next",),
    problems=("ERROR: setUpModule ({module})",),
    then=NEXT,
    in_module=True,
    environment={"AIOUNIT_SETUP_TIMEOUT": "1"},
    variants=(MAIN, THREAD),
)
class AsyncSetUpModule(ScopedCase):
    """Nothing of it runs."""
