"""What else uses the means of a timeout: faulthandler, Ctrl-C, tracers and debuggers. It is left alone."""

# ruff: noqa: ASYNC251 (how a test hangs is the subject)

import asyncio
import bdb
import contextlib
import faulthandler
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, ClassVar

from aiounit import async_timeout

from .support import AGES, ASYNCHRONOUS, SYNCHRONOUS, AsyncCase, SyncCase, expects, note

# The seconds of a test that is longer than its budget, and those to a dump: later than any interruption.
LONG = 1.5

FIRST, SECOND = ASYNCHRONOUS[:6], ASYNCHRONOUS[6:]


# faulthandler and Ctrl-C


@expects(blocked=True, events=(*FIRST, "setUp", "asyncSetUp", "dumped", *SECOND[2:]))
class Faulthandler(AsyncCase):
    file: ClassVar[Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.file = tempfile.NamedTemporaryFile()  # noqa: SIM115 (closed with the class)
        cls.addClassCleanup(cls.file.close)
        faulthandler.dump_traceback_later(LONG, file=cls.file)
        cls.addClassCleanup(faulthandler.cancel_dump_traceback_later)

    def has_dumped(self) -> bool:
        # By another descriptor: who reads by this one moves the place where the dump goes on.
        return b"Timeout" in Path(self.file.name).read_bytes()

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs

    @async_timeout(60)
    async def test_2_passes(self) -> None:
        while not self.has_dumped():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.01)
        note("dumped")
        await super().test_2_passes()


@expects(blocked=True, events=(*FIRST, "setUp", "asyncSetUp", "Ctrl-C", *SECOND[2:]), options=("-c",))
class CatchBreak(AsyncCase):
    """With ``-c``, Ctrl-C in a test lets it run to its end, and no other is run."""

    timeout = 1

    @classmethod
    def tearDownClass(cls) -> None:
        unittest.removeHandler()

    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs

    async def test_2_passes(self) -> None:
        signal.raise_signal(signal.SIGINT)
        note("Ctrl-C")
        await super().test_2_passes()

    async def test_3_does_not_run(self) -> None:
        note("never")


# A result that takes its time


class _SlowError(AssertionError):
    """Takes longer to be reported than is left of the time of the test."""

    def __str__(self) -> str:
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            pass
        return "slow"


@expects(phase=None, events=ASYNCHRONOUS)
class SlowReport(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        raise _SlowError


@expects(phase=None, events=SYNCHRONOUS)
class SlowReportWithoutALoop(SyncCase):
    @async_timeout(1)
    def test_1_hangs(self) -> None:
        raise _SlowError


# Debuggers extend budgets, other tracers do not


class _Traced(AsyncCase):
    """Has a tracer for the length of the class."""

    @classmethod
    def trace(cls, *_: Any) -> Any:
        return cls.trace

    @classmethod
    def setUpClass(cls) -> None:
        sys.settrace(cls.trace)

    @classmethod
    def tearDownClass(cls) -> None:
        note("tracer kept" if sys.gettrace() == cls.trace else f"tracer lost: {sys.gettrace()}")
        sys.settrace(None)


@expects(events=(*ASYNCHRONOUS, "tracer kept"))
class Tracer(_Traced):
    timeout = 1

    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(blocked=True, events=(*ASYNCHRONOUS, "tracer kept"))
class TracerWhileEverythingIsSwallowed(_Traced):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(AGES)  # hangs


@expects(
    phase=None,
    events=(*FIRST[:2], "test 1", *FIRST[2:], *SECOND, "tracer kept"),
    problems=(),
)
class Debugger(_Traced):
    timeout = 1

    @classmethod
    def setUpClass(cls) -> None:
        debugger = bdb.Bdb()
        debugger.reset()
        cls.trace = debugger.trace_dispatch  # type: ignore[method-assign]  # what the base class sets and compares
        super().setUpClass()

    async def test_1_hangs(self) -> None:
        time.sleep(LONG)
        note("test 1")


@expects(phase=None, events=(*FIRST[:2], "test 1", *FIRST[2:], *SECOND), problems=(), since=(3, 12))
class MonitoringDebugger(AsyncCase):
    timeout = 1

    @classmethod
    def setUpClass(cls) -> None:
        monitoring: Any = getattr(sys, "monitoring")  # noqa: B009 (3.11 has none, and is what types are checked for)
        monitoring.use_tool_id(monitoring.DEBUGGER_ID, "debugger")
        cls.addClassCleanup(monitoring.free_tool_id, monitoring.DEBUGGER_ID)

    async def test_1_hangs(self) -> None:
        time.sleep(LONG)
        note("test 1")


class _Debugged(AsyncCase):
    """Stops at a breakpoint; pdb leaves a handler for Ctrl-C."""

    @classmethod
    def tearDownClass(cls) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@expects(
    phase=None,
    events=(*FIRST[:2], "test 1", *FIRST[2:], *SECOND),
    problems=(),
    input=f"import time; time.sleep({LONG})\nc\n",
)
class Breakpoint(_Debugged):
    timeout = 1

    async def test_1_hangs(self) -> None:
        breakpoint()  # noqa: T100 (the point of it)
        note("test 1")


@expects(input=f"import time; time.sleep({LONG})\nc\n")
class HangsAfterABreakpoint(_Debugged):
    timeout = 1

    async def test_1_hangs(self) -> None:
        breakpoint()  # noqa: T100 (the point of it)
        await asyncio.sleep(AGES)  # hangs
