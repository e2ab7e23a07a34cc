"""At the end of the interpreter, a thread that keeps the process alive is named.

Each thread of these programs waits for its input, which is closed when the text has been read: nothing waits for time.
"""

import os
import subprocess
import sys
import threading
import unittest
from typing import Any
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.checks import starters
from aiounit.limits.own_threads import Bell, OwnThread
from aiounit.runs import exits
from tests.documents import ROOT

# How long, in seconds, a test waits for what happens at once.
PATIENCE = 60.0

THREAD = """\
import sys, threading
from aiounit import AsyncTestCase

def read():
    sys.stdin.read()

class Test(AsyncTestCase):
    checks = {"threads": "off"}

    async def test(self):
        threading.Thread(target=read, name="reader").start()
"""

POOL = """\
import concurrent.futures, sys
from aiounit import AsyncTestCase

pool = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="pool")

class Test(AsyncTestCase):
    checks = {"threads": "off"}

    async def test(self):
        pool.submit(sys.stdin.read)
"""

EARLY = """\
import sys, threading
from aiounit import AsyncTestCase

class Reader(threading.Thread):
    def run(self):
        sys.stdin.read()

Reader(name="early").start()

class Test(AsyncTestCase):
    async def test(self):
        pass
"""

ENDS = """\
import concurrent.futures, threading
from aiounit import AsyncTestCase

pool = concurrent.futures.ThreadPoolExecutor()
pool.submit(int)

class Test(AsyncTestCase):
    checks = {"threads": "off"}

    async def test(self):
        threading.Thread(target=threading.main_thread().join).start()
        threading.Thread(target=threading.Event().wait, daemon=True).start()
"""

NO_TEST = """\
import sys, threading, unittest
from aiounit import AsyncTestCase

class Test(unittest.TestCase):
    def test(self):
        threading.Thread(target=sys.stdin.read).start()
"""

HEADLINE = "aiounit: the process has not ended for {} s, because Python waits for non-daemon threads:"
REMEDY = "Stop and join it before the tests end, or make it a daemon: threading.Thread(..., daemon=True)"


class ProcessTests(unittest.TestCase):
    maxDiff = None

    def start(self, program: str, scale: str) -> "subprocess.Popen[str]":
        code = f"import sys, unittest\nsource = {program!r}\n"
        code += "exec(compile(source, 'suite.py', 'exec'))\nunittest.main(argv=['suite'])\n"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "AIOUNIT_TIMEOUT_SCALE": scale}
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code],
            env=environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.enterContext(process)
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        self.addCleanup(killer.cancel)
        return process

    def said(self, program: str) -> str:
        """Return what is said when the tests have passed; the process is alone to read the rest of its input."""
        process = self.start(program, "0.01")
        assert process.stderr is not None
        assert process.stdin is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.startswith(("Stop and", "End its")):
                break
        process.stdin.close()
        rest = process.stderr.read()
        self.assertEqual((rest, process.wait()), ("", 0))
        return "".join(lines).partition("\nOK\n")[2]

    def test_a_thread(self) -> None:
        self.assertEqual(
            self.said(THREAD).splitlines(),
            [
                "",
                HEADLINE.format("0.02"),
                "",
                "thread 'reader' of read() is running",
                "started here, most recent call last:",
                "  suite.py, line 11, in Test.test",
                "it is here:",
                "  suite.py, line 5, in read",
                REMEDY,
            ],
        )

    def test_a_job_of_an_executor(self) -> None:
        lines = self.said(POOL).splitlines()
        self.assertEqual(
            [*lines[3:5], lines[-1]],
            [
                "thread 'pool_0' of _worker() is running",
                "started here, most recent call last:",
                "End its job, and shut the executor down with a with statement or shutdown()",
            ],
        )

    def test_a_thread_that_was_there_before_the_tests(self) -> None:
        self.assertEqual(
            self.said(EARLY).splitlines()[3:6],
            [
                "thread 'early' of Reader() is running",
                "it is here:",
                "  suite.py, line 6, in Reader.run",
            ],
        )

    def check_quiet(self, program: str) -> None:
        """Check that a process ends at once, however long threads may take, and says nothing."""
        process = self.start(program, "1000")
        _, errors = process.communicate()
        self.assertEqual((errors.partition("\nOK\n")[2], process.returncode), ("", 0))

    def test_threads_that_end_with_the_interpreter(self) -> None:
        self.check_quiet(ENDS)

    def test_a_process_that_has_run_no_test_of_ours(self) -> None:
        self.check_quiet(NO_TEST)


class StateTests(unittest.TestCase):
    """What is done inside the process, step by step."""

    def setUp(self) -> None:
        self.state = self.enterContext(mock.patch.object(exits, "_state", exits._State()))
        self.shutdown: Any = self.enterContext(mock.patch.object(_stdlib.signals, "call_at_shutdown"))
        self.written: list[bytes] = []
        self.is_written = Bell()
        self.enterContext(mock.patch.object(_real.os, "write", self.write))
        self.release = threading.Event()
        self.addCleanup(self.end)

    def write(self, number: int, text: bytes) -> None:
        self.assertEqual(number, 2)
        self.written.append(text)
        self.is_written.ring()

    def end(self) -> None:
        self.release.set()
        if self.state.thread is not None:
            self.state.thread.end()

    def keep(self, name: str = "keeper", *, daemon: bool = False) -> None:
        thread = threading.Thread(target=self.release.wait, name=name, daemon=daemon)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.release.set)

    def own_thread(self) -> OwnThread:
        assert self.state.thread is not None
        return self.state.thread

    def test_nothing_waits_without_such_threads(self) -> None:
        exits.watch(0.001)
        self.keep(daemon=True)
        self.assertIsNone(self.state.thread)
        exits._begin()

    def test_only_the_first_test_has_it_done(self) -> None:
        exits.watch(0.001)
        exits.watch(1.0)
        self.assertEqual(self.shutdown.call_count, 1)
        self.assertEqual(self.state.grace, 0.002)

    def test_nothing_waits_before_the_first_test(self) -> None:
        self.keep()
        self.assertIsNone(self.state.thread)

    def test_one_thread_waits_for_all(self) -> None:
        exits.watch(0.001)
        self.keep()
        thread = self.own_thread()
        self.keep()
        self.assertIs(self.own_thread(), thread)

    def test_it_starts_again_after_it_has_ended_for_a_fork(self) -> None:
        exits.watch(0.001)
        self.keep()
        thread = self.own_thread()
        thread.end()
        self.assertEqual(self.written, [])
        self.assertTrue(thread.ends_before_fork())
        self.keep()
        self.assertIsNot(self.own_thread(), thread)

    def test_a_child_has_one_of_its_own(self) -> None:
        exits.watch(0.001)
        self.keep()
        thread = self.own_thread()
        self.addCleanup(thread.end)
        exits._forget()
        self.assertIsNone(self.state.thread)

    def test_none_starts_when_the_interpreter_ends(self) -> None:
        exits.watch(0.001)
        with mock.patch.object(OwnThread, "start", side_effect=RuntimeError("at interpreter shutdown")):
            self.keep()

    def test_a_thread_that_is_not_made_yet_is_refused_as_usual(self) -> None:
        class Unmade(threading.Thread):
            def __init__(self) -> None:
                """Do nothing."""

        exits.watch(0.001)
        with self.assertRaisesRegex(RuntimeError, r"thread.__init__\(\) not called"):
            Unmade().start()

    def test_some_are_described_and_the_others_counted(self) -> None:
        exits.watch(0.001)
        self.enterContext(mock.patch.object(exits, "_MOST", 0))
        self.keep()
        exits._begin()
        self.assertTrue(self.is_written.wait(PATIENCE))
        self.assertEqual(
            self.written,
            [("\n" + HEADLINE.format("0.002") + "\n\nand 1 more\n").encode()],
        )

    def test_none_is_left_after_the_time(self) -> None:
        self.assertEqual(exits._describe([]), "")

    def test_a_connection_of_aiosqlite(self) -> None:
        def work() -> None:
            self.release.wait()

        work.__module__ = "aiosqlite.core"
        thread = threading.Thread(target=work)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.release.set)
        self.assertEqual(
            exits._describe([thread]).splitlines()[-1], "Close the connection to the database: await connection.close()"
        )

    def test_a_thread_that_has_ended_is_nowhere(self) -> None:
        thread = threading.Thread(target=int, name="over")
        thread.start()
        thread.join()
        self.assertEqual(starters.site_of(thread).calls, ())
        self.assertEqual(
            exits._describe([thread]).splitlines()[3:],
            [
                "thread 'over' of Thread() is running",
                REMEDY,
            ],
        )
