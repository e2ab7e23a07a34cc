"""The second Ctrl-C ends everything, in each phase and whatever the code makes of it; the first ends things in order.

The processes run ``tests/interrupted/suite.py``. What they note and their exit status are compared as a whole; of the
time, only that there is an end, and of the errors, that there are two tracebacks at most.
"""

import concurrent.futures
import functools
import os
import signal
import subprocess
import sys
import threading
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.limits import ctrl_c
from tests.test_hangs import clean_environment

ROOT = Path(__file__).parent.parent.parent

# How long a process may take, in seconds: many times what it does take, so that only a hang reaches it.
LIMIT = 30
AT_ONCE = 3

STARTED = ["setUpModule", "asyncSetUpModule", "setUpClass", "asyncSetUpClass", "run starts", "module starts"]
SET_UP = [*STARTED, "class starts", "test starts", "setUp", "asyncSetUp"]
TORN_DOWN = ["asyncTearDown", "tearDown", "async cleanup", "cleanup", "test closes"]
ENDED = ["asyncTearDownClass", "tearDownClass", "class closes", "async class cleanup", "class cleanup"]
ENDED_MODULE = ["asyncTearDownModule", "tearDownModule", "module closes", "run closes"]
LIVES = {
    "Asynchronous": [*SET_UP, "test", "subtest", *TORN_DOWN, *ENDED, *ENDED_MODULE],
    "Synchronous": [*SET_UP, "synchronous test", "asyncio.run", *TORN_DOWN, *ENDED, *ENDED_MODULE],
    "Alone": ["setUpModule", "asyncSetUpModule", "leftover task", "leftover generator"],
    "Job": ["setUpModule", "asyncSetUpModule", "job"],
    "Pool": ["setUpModule", "asyncSetUpModule", "job of a pool"],
}
NOTICED = "noticed"
CLEANS_UP, SWALLOWS, BLOCKS, SPINS, WAITS_ON = "cleans up", "swallows", "blocks", "spins", "waits on"
ASYNCHRONOUS, SYNCHRONOUS = (CLEANS_UP, SWALLOWS, BLOCKS), (CLEANS_UP, SWALLOWS, SPINS)


@dataclass(frozen=True, slots=True)
class Case:
    """A class of the suite, and where its code is interrupted."""

    kind: str
    phase: str
    style: str
    options: tuple[str, ...] = ()
    program: str = "unittest"

    @property
    def test_name(self) -> str:
        words = "_".join([self.kind, self.phase, self.style, *self.options, self.program]).replace("--", "")
        return "test_" + "".join(each if each.isalnum() else "_" for each in words).removesuffix("_unittest")

    @property
    def expected(self) -> list[str]:
        """What happens: nothing after the phase."""
        life = LIVES[self.kind]
        whole = life[: life.index(self.phase) + 1]
        return whole if self.style in {BLOCKS, WAITS_ON} else [*whole, NOTICED]

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Run the process; it is killed if it does not end."""
        name = f"tests.interrupted.suite.{self.kind}"
        arguments = {
            "unittest": ["-m", "unittest", *self.options, name],
            "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider", *self.options, f"{FILE}::{self.kind}"],
            "suite": ["-m", "tests.interrupted.suite"],
        }[self.program]
        settings = {"INTERRUPTED_PHASE": self.phase, "INTERRUPTED_STYLE": self.style}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**clean_environment(), **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )


FILE = "tests/interrupted/suite.py"

CASES = [
    *(
        Case("Asynchronous", phase, style)
        for phase in (
            "asyncSetUpModule",
            "asyncSetUpClass",
            "run starts",
            "test starts",
            "asyncSetUp",
            "test",
            "subtest",
        )
        for style in ASYNCHRONOUS
    ),
    *(
        Case("Asynchronous", phase, style)
        for phase in ("subtest", "asyncTearDown", "async cleanup", "asyncTearDownClass", "async class cleanup")
        for style in (CLEANS_UP, BLOCKS)
    ),
    *(Case("Asynchronous", phase, BLOCKS) for phase in ("test closes", "module closes", "run closes")),
    *(
        Case("Synchronous", phase, style)
        for phase in ("setUpModule", "setUpClass", "setUp", "synchronous test", "tearDown", "cleanup", "tearDownClass")
        for style in (SWALLOWS, SPINS)
    ),
    *(Case("Synchronous", phase, CLEANS_UP) for phase in ("class cleanup", "tearDownModule")),
    *(Case("Synchronous", phase, BLOCKS) for phase in ("class starts", "class closes")),
    *(Case("Synchronous", "asyncio.run", style) for style in ASYNCHRONOUS),
    Case("Alone", "leftover task", SWALLOWS),
    Case("Job", "job", WAITS_ON),
    Case("Pool", "job of a pool", WAITS_ON),
    Case("Asynchronous", "test", BLOCKS, program="suite"),
    # While the interpreter ends, 3.12 does not start the thread that sends the signals.
    *(() if sys.version_info[:2] == (3, 12) else (Case("Asynchronous", "run closes", BLOCKS, program="suite"),)),
    *(Case("Asynchronous", "test", BLOCKS, (option,)) for option in ("--catch", "--failfast", "--buffer", "--verbose")),
]


@functools.cache
def start_all() -> tuple[concurrent.futures.Executor, dict[str, "concurrent.futures.Future[Finished]"]]:
    """Start all processes, a few at a time, in the order in which their tests wait for them."""
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    return pool, {each.test_name: pool.submit(each.run) for each in sorted(CASES, key=lambda each: each.test_name)}


Finished = subprocess.CompletedProcess[str]


def tearDownModule() -> None:
    pool, _ = start_all()
    pool.shutdown(cancel_futures=True)
    start_all.cache_clear()


@unittest.skipUnless(os.name == "posix", "a signal ends a process only on POSIX")
class ProcessTests(unittest.TestCase):
    """Each case; the methods are added below."""

    maxDiff = None

    def compare(self, case: Case) -> None:
        _, futures = start_all()
        future = futures[case.test_name]
        # One whose turn has not come is run here: where only some are selected, they do not wait for all others.
        finished = case.run() if future.cancel() else future.result()
        observed = finished.stdout.splitlines(), finished.returncode
        self.assertEqual(observed, (case.expected, -signal.SIGINT), finished.stderr)
        self.assertLessEqual(finished.stderr.count("Traceback (most recent call last)"), 2, finished.stderr)


def make_test(case: Case) -> Callable[[ProcessTests], None]:
    """Make the test method of a case."""

    def test(self: ProcessTests) -> None:
        self.compare(case)

    return test


for each in CASES:
    setattr(ProcessTests, each.test_name, make_test(each))


class CountTests(unittest.TestCase):
    """What the process is asked for, without a process of its own."""

    def setUp(self) -> None:
        self.addCleanup(ctrl_c.begin)
        ctrl_c.begin()
        self.assertEqual(ctrl_c._state.targets, [])

    def test_one_that_comes_while_aiounit_does_nothing_does_not_count(self) -> None:
        self.assertEqual((ctrl_c._count(), ctrl_c._state.presses), (False, 0))

    def test_the_first_is_raised_in_place_and_the_second_ends_everything(self) -> None:
        ctrl_c.take()
        try:
            with self.assertRaises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            self.assertFalse(ctrl_c.is_over())
            ctrl_c.check()
            with self.assertRaises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            self.assertTrue(ctrl_c.is_over())
            self.assertRaises(KeyboardInterrupt, ctrl_c.check)
            self.assertEqual(signal.getsignal(signal.SIGINT), signal.SIG_DFL)
            ctrl_c.take()
            ctrl_c.release()
        finally:
            ctrl_c.release()
        self.assertIs(signal.getsignal(signal.SIGINT), _stdlib.signals.PYTHONS_OWN)
        self.assertIs(signal.default_int_handler, _stdlib.signals.PYTHONS_OWN)

    def test_a_target_is_interrupted_in_order(self) -> None:
        target = mock.Mock(spec_set=["take_ctrl_c"])
        ctrl_c.take(target)
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            ctrl_c.release()
        target.take_ctrl_c.assert_called_once_with()

    def test_one_between_two_parts_is_the_second(self) -> None:
        ctrl_c.take()
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        ctrl_c.release()
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        self.assertTrue(ctrl_c.is_over())

    def test_one_outside_everything_is_pythons_own(self) -> None:
        for _ in range(2):
            with self.assertRaises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        self.assertFalse(ctrl_c.is_over())

    def test_another_thread_has_no_part_in_it(self) -> None:
        def work() -> None:
            ctrl_c.take()
            ctrl_c.release()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertIs(signal.getsignal(signal.SIGINT), _stdlib.signals.PYTHONS_OWN)

    def test_a_call_of_what_passes_for_pythons_own_handler_counts_for_nothing(self) -> None:
        ctrl_c.take()
        self.addCleanup(ctrl_c.release)
        for _ in range(2):
            with self.assertRaises(KeyboardInterrupt):
                signal.default_int_handler(signal.SIGINT, None)
        self.assertFalse(ctrl_c.is_over())

    def test_a_process_that_is_forked_has_pythons_own(self) -> None:
        ctrl_c.take()
        self.addCleanup(ctrl_c.release)
        with mock.patch.object(ctrl_c, "_state", ctrl_c._State()):
            ctrl_c._begin_after_fork()
            self.assertEqual(ctrl_c._state.targets, [])
            ctrl_c.release()
        self.assertIs(signal.getsignal(signal.SIGINT), _stdlib.signals.PYTHONS_OWN)

    def test_a_run_that_has_ended_is_forgotten(self) -> None:
        ctrl_c.note()
        ctrl_c.forget()
        ctrl_c.take()
        try:
            with self.assertRaises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            self.assertFalse(ctrl_c.is_over())
        finally:
            ctrl_c.release()


class EndTests(unittest.TestCase):
    """How the process is ended, in one that is not: with a state of its own, and no thread, signal or nap."""

    def setUp(self) -> None:
        self.state = ctrl_c._State()
        self.state.counts_others = True  # that of the process does
        self.enterContext(mock.patch.object(ctrl_c, "_state", self.state))
        self.calls = mock.Mock()
        for owner, name in (
            (_real.os, "kill"),
            (_real.os, "write"),
            (_stdlib.signals, "call_at_shutdown"),
            (_stdlib.signals, "leave_sigint_to_the_system"),
        ):
            self.enterContext(mock.patch.object(owner, name, getattr(self.calls, name)))
        self.sleep = self.enterContext(mock.patch.object(_real.time, "sleep"))
        self.threads: list[Callable[[], None]] = []
        self.enterContext(mock.patch.object(_stdlib.signals, "start_thread", self.threads.append))
        self.enterContext(mock.patch.object(_stdlib.signals, "start_waiting_thread", self.waiting))

    def waiting(self, function: Callable[[], None]) -> Callable[[], None]:
        return lambda: self.threads.append(function)

    def press(self, times: int = 1) -> None:
        """Press Ctrl-C where something runs that is interrupted in place."""
        for _ in range(times):
            with self.assertRaises(KeyboardInterrupt):
                ctrl_c._on_sigint(signal.SIGINT, sys._getframe())

    def stream(self, name: str, error: Exception | None = None) -> None:
        """Put a stream in the place of one of the process, which notes when it is flushed."""
        stream = mock.Mock(spec_set=["flush", "write"])
        stream.flush.side_effect = error
        self.calls.attach_mock(stream, name.strip("_"))
        self.enterContext(mock.patch.object(_real.sys if name.startswith("_") else sys, name, stream))

    def run_threads(self) -> None:
        """Run the threads that were started, one after the other, with those that they start."""
        while self.threads:
            self.threads.pop(0)()

    def test_one_that_control_does_not_leave_is_ended(self) -> None:
        ctrl_c.take()
        self.addCleanup(ctrl_c.release)
        self.press(2)
        self.run_threads()
        self.calls.kill.assert_called_once_with(os.getpid(), signal.SIGINT)

    def test_the_system_has_the_signal_before_it_is_sent(self) -> None:
        ctrl_c.take()
        self.addCleanup(ctrl_c.release)
        self.press(2)
        self.run_threads()
        names = [name for name, _, _ in self.calls.mock_calls]
        self.assertEqual(names, ["call_at_shutdown", "leave_sigint_to_the_system", "write", "kill"])

    def test_one_that_control_leaves_goes_on(self) -> None:
        ctrl_c.take()
        self.press(2)
        ctrl_c.release()
        self.run_threads()
        self.calls.kill.assert_not_called()

    def test_one_that_control_leaves_on_its_way_out_is_ended_all_the_same(self) -> None:
        ctrl_c.take()
        self.press(2)
        ctrl_c.release()
        ctrl_c._leave()
        ctrl_c.take()
        ctrl_c.release()
        self.run_threads()
        self.calls.kill.assert_called_with(os.getpid(), signal.SIGINT)

    def test_its_way_out_writes_what_was_printed(self) -> None:
        ctrl_c.take()
        self.press(2)
        ctrl_c.release()
        self.stream("__stdout__")
        ctrl_c._leave()
        self.calls.stdout.flush.assert_called_once_with()

    def test_one_thread_waits_for_its_way_out(self) -> None:
        for _ in range(2):
            ctrl_c.begin()
            ctrl_c.take()
            self.press(2)
            ctrl_c.release()
        self.threads.clear()
        ctrl_c._leave()
        ctrl_c._leave()
        self.assertEqual(len(self.threads), 1)

    def test_one_that_can_start_no_thread_is_ended_all_the_same(self) -> None:
        with mock.patch.object(_stdlib.signals, "start_thread", side_effect=RuntimeError):
            ctrl_c._kill()
        self.calls.kill.assert_called_once_with(os.getpid(), signal.SIGINT)

    def test_one_that_was_not_interrupted_twice_is_not_ended_on_its_way_out(self) -> None:
        ctrl_c._leave()
        self.assertEqual(self.threads, [])

    def test_a_third_changes_nothing(self) -> None:
        ctrl_c.note()
        self.press(2)
        self.calls.call_at_shutdown.assert_called_once_with(ctrl_c._leave)

    def test_the_second_under_unittests_own_handler_ends_everything(self) -> None:
        with self.assertRaises(KeyboardInterrupt):
            ctrl_c._on_last_sigint(signal.SIGINT, None)
        self.assertTrue(ctrl_c.is_over())

    def test_what_was_printed_is_written_before_the_process_ends_itself(self) -> None:
        self.stream("stdout", ValueError("closed"))
        self.stream("stderr")
        ctrl_c.leave()
        names = [name for name, _, _ in self.calls.mock_calls]
        self.assertEqual(names, ["stdout.flush", "stderr.flush", "leave_sigint_to_the_system", "kill"])

    def test_a_thread_writes_what_was_printed(self) -> None:
        self.stream("__stdout__", ValueError("closed"))
        self.stream("__stderr__")
        ctrl_c._flush()
        self.assertEqual([name for name, _, _ in self.calls.mock_calls], ["stdout.flush", "stderr.flush"])

    def test_a_process_without_streams_has_nothing_to_write(self) -> None:
        for name in ("__stdout__", "__stderr__"):
            self.enterContext(mock.patch.object(_real.sys, name, None))
        ctrl_c._flush()
        self.assertEqual(self.calls.mock_calls, [])
