"""A module whose set-up hangs in synchronous code. The tests of the next module must pass."""

import time

from .support import AGES, NEXT, ScopedCase, expects


def setUpModule() -> None:
    time.sleep(AGES)  # hangs


@expects(
    phase="setUpModule of {module}",
    events=("next",),
    problems=("ERROR: setUpModule ({module})",),
    then=NEXT,
    in_module=True,
    environment={"AIOUNIT_SETUP_TIMEOUT": "1"},
)
class SetUpModule(ScopedCase):
    """Nothing of it runs."""
