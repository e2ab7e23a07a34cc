"""The base classes that are compared under unittest."""

import asyncio
import importlib.util
import unittest

import aiounit

from .. import rows


class StdlibWithoutDebug(unittest.IsolatedAsyncioTestCase):
    """Stdlib's class without the loop's debug mode, which it always turns on."""

    def _setupAsyncioRunner(self) -> None:
        self._asyncioRunner = asyncio.Runner(debug=False)


class WithoutLimits(aiounit.AsyncTestCase):
    """Ours without limits: the difference is their cost."""

    timeout = setup_timeout = teardown_timeout = None


class WithoutChecks(aiounit.AsyncTestCase):
    """Ours without checks: the difference is their cost."""

    checks = {"all": "off"}


class OnSharedLoop(aiounit.AsyncTestCase):
    """Ours on one loop for the whole run."""

    shared_loop = True


def all_bases() -> dict[str, type[unittest.TestCase]]:
    """Return the base classes, by their rows; those on uvloop are left out where it isn't installed."""
    bases: dict[str, type[unittest.TestCase]] = {
        rows.STDLIB: unittest.IsolatedAsyncioTestCase,
        rows.STDLIB_WITHOUT_DEBUG: StdlibWithoutDebug,
        rows.OURS: aiounit.AsyncTestCase,
        rows.WITHOUT_LIMITS: WithoutLimits,
        rows.WITHOUT_CHECKS: WithoutChecks,
        rows.SHARED_LOOP: OnSharedLoop,
    }
    if importlib.util.find_spec("uvloop"):
        import uvloop  # noqa: PLC0415 (optional: it need not be installed)

        class OnUvloop(aiounit.AsyncTestCase):
            loop_factory = uvloop.new_event_loop

        class OnSharedUvloop(OnUvloop):
            shared_loop = True

        bases |= {rows.UVLOOP: OnUvloop, rows.SHARED_UVLOOP: OnSharedUvloop}
    return bases
