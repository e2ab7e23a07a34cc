"""The sentinel ends a process that breaks its promise, says which test hung and what had finished, and nothing else."""

import contextlib
import io
import math
import mmap
import os
import runpy
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import _real
from aiounit.limits import sentinel

ROOT = Path(__file__).parent.parent.parent
HANGS = "did not respond for {} s after its timeout, so the process is ended. The stacks of its threads follow."


def open_files() -> set[str]:
    """Return the numbers of the files that are open."""
    return {path.name for path in Path("/dev/fd").iterdir()}


class PageTestCase(unittest.TestCase):
    """Has a page of its own, so that the sentinel of this process sees nothing of the tests."""

    def setUp(self) -> None:
        self.page = sentinel._Page()
        self.enterContext(mock.patch.object(sentinel, "_page", self.page))

    def read(self, index: int) -> tuple[float, bytes]:
        """Return what stands in a slot."""
        first = index * sentinel._SIZE
        content = bytes(self.page.memory[first : first + sentinel._SIZE])
        return struct.unpack_from("d", content)[0], content[8:].rstrip(b"\0")


class StateTests(unittest.TestCase):
    def test_a_process_that_is_not_there_has_none(self) -> None:
        self.assertEqual(sentinel._state(-1), b"")


class SlotTests(PageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.slot = sentinel.Slot()
        self.index = sentinel._SLOTS - 1

    def test_nothing_is_promised_at_first(self) -> None:
        self.assertEqual([self.read(index) for index in range(sentinel._SLOTS)], [(math.inf, b"")] * sentinel._SLOTS)

    def test_a_promise(self) -> None:
        self.slot.expect(12.5)
        self.assertEqual(self.read(self.index), (12.5, b""))

    def test_the_name_of_a_test(self) -> None:
        self.slot.name("tests.test_a.Case.test_long")
        self.slot.name("tests.test_a.Case.test")
        self.assertEqual(self.read(self.index), (math.inf, b"tests.test_a.Case.test"))

    def test_a_name_that_is_too_long_is_cut(self) -> None:
        self.slot.name("é" * sentinel._SIZE)
        self.assertEqual(self.read(self.index)[1], "é".encode() * 124)
        self.assertEqual(self.read(0), (math.inf, b""))

    def test_each_has_a_slot_of_its_own(self) -> None:
        other = sentinel.Slot()
        other.expect(1.0)
        self.slot.expect(2.0)
        self.assertEqual([self.read(self.index - 1)[0], self.read(self.index)[0]], [1.0, 2.0])

    def test_one_that_is_not_used_any_more_promises_nothing_and_is_used_again(self) -> None:
        self.slot.expect(12.5)
        del self.slot
        self.assertEqual(self.read(self.index)[0], math.inf)
        following = sentinel.Slot()
        following.name("next")
        self.assertEqual(self.read(self.index)[1], b"next")
        del following
        self.assertEqual(self.read(self.index)[1], b"")

    def test_where_there_is_none_left_nothing_is_promised(self) -> None:
        slots = [sentinel.Slot() for _ in range(sentinel._SLOTS)]
        before = bytes(self.page.memory)
        slots[-1].expect(1.0)
        slots[-1].name("late")
        del slots[-1]
        self.assertEqual(bytes(self.page.memory), before)


class NoteTests(PageTestCase):
    def test_tests_that_have_passed_are_counted(self) -> None:
        sentinel.note_passed()
        sentinel.note_passed()
        self.assertEqual(self.page.numbers[sentinel._PASSED], 2.0)

    def test_others_are_written_down(self) -> None:
        with tempfile.TemporaryFile() as file:
            self.page.journal = file.fileno()
            sentinel.note("skipped", "tests.Case.test_a")
            sentinel.note("failed", "tests.Case.test_b", "no \udc80")
            self.assertEqual(
                os.pread(file.fileno(), 1000, 0),
                b"skipped\x1ftests.Case.test_a\x1f\x1efailed\x1ftests.Case.test_b\x1fno ?\x1e",
            )
            self.page.journal = -1

    def test_a_defect_of_aiounit_is_written_down_as_such(self) -> None:
        with mock.patch.object(sentinel, "note") as note:
            sentinel.note_defect("aiounit/loops/driver.py, line 1")
        note.assert_called_once_with(sentinel._DEFECT, "aiounit/loops/driver.py, line 1")

    def test_where_there_is_no_journal_nothing_is(self) -> None:
        with mock.patch.object(_real.os, "write") as write:
            sentinel.note("failed", "tests.Case.test_b", "no")
        write.assert_not_called()


class StartTests(PageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.close)
        self.pipes: list[tuple[int, int]] = []
        pipe = os.pipe

        def make_pipe() -> tuple[int, int]:
            self.pipes.append(pipe())
            return self.pipes[-1]

        self.enterContext(mock.patch.object(_real.os, "pipe", make_pipe))
        self.run_program = self.enterContext(mock.patch.object(sentinel, "_run"))
        self.is_enabled = self.enterContext(mock.patch.object(_real.faulthandler, "is_enabled", return_value=False))
        self.enable = self.enterContext(mock.patch.object(_real.faulthandler, "enable"))

    def close(self) -> None:
        """Close what a start leaves open for as long as the process runs."""
        for number in (self.page.journal, self.page.writer):
            if number >= 0:
                os.close(number)

    def test_it_is_started_once(self) -> None:
        sentinel.start()
        sentinel.start()
        self.run_program.assert_called_once()

    def test_a_process_that_was_forked_gets_its_own(self) -> None:
        sentinel.start()
        sentinel._forget()
        with mock.patch.object(_real.os, "getpid", return_value=os.getpid() + 1):
            sentinel.start()
        self.assertEqual(self.run_program.call_count, 2)

    def test_it_runs_as_nobody_s_child_and_knows_what_to_watch(self) -> None:
        sentinel.start()
        (reader, _writer) = self.pipes[0]
        command, files = self.run_program.call_args.args
        self.assertEqual(command[:8], ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-I", "-S", sentinel.__file__])
        pid, *numbers = map(int, command[8:])
        self.assertEqual((pid, numbers[0], tuple(numbers)), (os.getpid(), reader, files))

    shared: mmap.mmap

    def promises(self) -> list[float]:
        """Start it, and return what it finds to be promised at that moment."""
        found: list[float] = []

        def look(command: list[str], _files: tuple[int, ...]) -> None:
            self.shared = self.enterContext(mmap.mmap(int(command[10]), sentinel._PAGE))
            found.extend(self.look())

        self.run_program.side_effect = look
        sentinel.start()
        return found

    def look(self) -> list[float]:
        return [struct.unpack_from("d", self.shared, index * sentinel._SIZE)[0] for index in range(sentinel._SLOTS)]

    def test_nothing_is_promised_when_it_starts(self) -> None:
        self.assertEqual(self.promises(), [math.inf] * sentinel._SLOTS)

    def test_what_is_promised_from_then_on_is_shared(self) -> None:
        slot = sentinel.Slot()
        self.promises()
        slot.expect(12.5)
        self.assertEqual(self.look(), [math.inf] * (sentinel._SLOTS - 1) + [12.5])

    def test_the_files_have_no_name(self) -> None:
        with tempfile.TemporaryDirectory() as directory, mock.patch.dict(os.environ, {"TMPDIR": directory}):
            sentinel.start()
            self.assertEqual(list(Path(directory).iterdir()), [])
        self.assertGreaterEqual(self.page.journal, 0)

    def test_stacks_are_printed_when_the_process_is_ended(self) -> None:
        sentinel.start()
        self.enable.assert_called_once()
        self.assertEqual(self.enable.call_args.args, (2,))

    def test_who_prints_them_somewhere_else_goes_on_doing_so(self) -> None:
        self.is_enabled.return_value = True
        sentinel.start()
        self.enable.assert_not_called()

    def test_where_it_can_t_be_had(self) -> None:
        patches: dict[str, AbstractContextManager[Any]] = {
            "another system": mock.patch.object(_real.os, "name", "nt"),
            "no interpreter": mock.patch.object(_real.sys, "executable", None),
            "one program": mock.patch.object(_real.sys, "frozen", True, create=True),
        }
        for name, patch in patches.items():
            with self.subTest(name), patch:
                self.page.pid = 0
                sentinel.start()
        self.run_program.assert_not_called()

    def test_where_it_can_t_be_started_that_is_said(self) -> None:
        self.run_program.side_effect = FileNotFoundError("no /bin/sh")
        with mock.patch.object(sys, "stderr", io.StringIO()) as stderr:
            sentinel.start()
        self.assertEqual(
            stderr.getvalue(),
            "aiounit: the sentinel can't start: no /bin/sh. A test that holds the GIL for ever will hang the run\n",
        )
        self.assertEqual(self.page.journal, -1)

    def test_where_it_can_t_be_started_no_file_stays_open(self) -> None:
        before = open_files()
        self.run_program.side_effect = FileNotFoundError("no /bin/sh")
        with mock.patch.object(sys, "stderr", io.StringIO()):
            sentinel.start()
        pipe, self.pipes = self.pipes[0], []
        for number in pipe:
            with contextlib.suppress(OSError):
                os.close(number)
        self.assertEqual(open_files(), before)


class RunTests(unittest.TestCase):
    """A program is run without anything that tests patch, and has its files."""

    def test_it_has_the_files_and_a_session_of_its_own_and_nobody_else_has(self) -> None:
        with tempfile.TemporaryFile() as file:
            number = file.fileno()
            script = (
                f"import os; os.write({number}, b'out' if os.getsid(0) == os.getpid() and not os.read(0, 1) else b'')"
            )
            sentinel._run([sys.executable, "-c", script], (number,))
            self.assertFalse(os.get_inheritable(number))
            file.seek(0)
            self.assertEqual(file.read(), b"out")

    def test_one_that_fails(self) -> None:
        with self.assertRaisesRegex(OSError, "^/bin/sh ended with status 768$"):
            sentinel._run(["/bin/sh", "-c", "exit 3"], ())


class ForkTests(PageTestCase):
    def test_the_page_is_left_to_the_process_that_was_forked(self) -> None:
        with tempfile.TemporaryFile() as file:
            self.page.journal, self.page.writer = (os.dup(file.fileno()) for _ in range(2))
            shared = self.page.memory
            slot = sentinel.Slot()
            sentinel._forget()
            slot.expect(12.5)
            self.assertEqual((self.page.journal, self.page.writer), (-1, -1))
        self.assertEqual({struct.unpack_from("d", shared, index * 256)[0] for index in range(16)}, {math.inf})

    def test_where_there_was_none(self) -> None:
        sentinel._forget()
        self.assertEqual(self.page.journal, -1)

    def test_where_processes_are_not_forked(self) -> None:
        with mock.patch.object(_real.os, "register_at_fork"):
            del _real.os.register_at_fork
            self.assertIn("watch", runpy.run_path(sentinel.__file__))


class WatchTestCase(unittest.TestCase):
    """Watches over a child, with a page and a journal as a process has them."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(sentinel, "_PERIOD", 0.001))
        self.enterContext(mock.patch.object(sentinel, "_PATIENCE", 5.0))
        self.page = self.enterContext(tempfile.TemporaryFile())
        self.journal = self.enterContext(tempfile.TemporaryFile())
        self.page.write(struct.pack("d", math.inf).ljust(sentinel._SIZE, b"\0") * sentinel._SLOTS)
        self.page.write(bytes(sentinel._SIZE))
        self.page.flush()
        self.reader, self.writer = os.pipe()
        self.addCleanup(os.close, self.reader)
        self.addCleanup(lambda: os.close(self.writer))
        self.stderr = self.enterContext(mock.patch.object(sys, "stderr", io.StringIO()))

    def child(self, *command: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        child = subprocess.Popen(command or ["sleep", "60"], stdout=subprocess.PIPE, text=True, pass_fds=pass_fds)
        assert child.stdout is not None
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def promise(self, index: int, moment: float, name: str) -> None:
        content = struct.pack("d", moment) + name.encode()
        os.pwrite(self.page.fileno(), content, index * sentinel._SIZE)

    def watch(self, pid: int) -> str:
        """Watch over a process, and return what is said."""
        sentinel.watch(pid, self.reader, self.page.fileno(), self.journal.fileno())
        return self.stderr.getvalue()


class WatchTests(WatchTestCase):
    def test_it_ends_with_the_process_that_it_watches(self) -> None:
        child = self.child()
        os.close(self.writer)
        self.writer = os.dup(self.reader)
        self.assertEqual(self.watch(child.pid), "")
        self.assertIsNone(child.poll())

    def test_it_ends_if_the_process_is_gone_although_somebody_holds_its_end(self) -> None:
        child = self.child()
        child.kill()
        child.wait()
        self.assertEqual(self.watch(child.pid), "")

    def test_a_promise_that_holds_is_waited_for(self) -> None:
        child = self.child()
        self.promise(0, time.monotonic() + 3600, "tests.Case.test")
        with mock.patch.object(
            _real.select, "select", side_effect=[([], [], []), ([], [], []), ([self.reader], [], [])]
        ):
            self.assertEqual(self.watch(child.pid), "")
        self.assertIsNone(child.poll())

    def test_a_process_that_breaks_its_promise_is_ended(self) -> None:
        child = self.child()
        threading.Thread(target=child.wait).start()  # so that it is gone when it has ended
        self.promise(3, time.monotonic() - 1, "tests.Case.test")
        self.assertEqual(
            self.watch(child.pid), f"\naiounit: tests.Case.test {HANGS.format(0)}\nFinished before: nothing.\n\n"
        )
        self.assertEqual(child.wait(), -signal.SIGABRT)

    def test_what_had_finished_is_told(self) -> None:
        child = self.child()
        threading.Thread(target=child.wait).start()
        self.promise(0, 1.0, "tests.Case.test_c")
        os.pwrite(self.page.fileno(), struct.pack("dd", 12.0, 3.0), sentinel._PASSED * 8)
        self.journal.write(
            b"failed\x1ftests.Case.test_a\x1fAssertionError: no\n\x1e"
            b"skipped\x1ftests.Case.test_b\x1f\x1edefect\x1fhere\x1f\x1efailed\x1ftests.Case.test_d\x1fhalf of a rec"
        )
        self.journal.flush()
        self.assertEqual(
            self.watch(child.pid),
            f"\naiounit: tests.Case.test_c {HANGS.format(3)}\n"
            "aiounit's own code was running, here: please report this as a defect.\n"
            "Finished before: 12 passed, 1 failed, 1 skipped.\n\n"
            "failed: tests.Case.test_a\nAssertionError: no\n\n",
        )

    def test_one_that_does_not_end_is_killed(self) -> None:
        child = self.child("sh", "-c", "trap '' ABRT; echo; exec sleep 60")
        assert child.stdout is not None
        child.stdout.readline()
        self.promise(0, 1.0, "tests.Case.test")
        with mock.patch.object(sentinel, "_PATIENCE", 0.01):
            self.watch(child.pid)
        self.assertEqual(child.wait(), -signal.SIGKILL)

    def test_one_that_has_ended_is_left_alone_although_its_parent_does_not_know_yet(self) -> None:
        child = self.child(pass_fds=(self.writer,))
        os.close(self.writer)
        self.writer = os.dup(self.reader)
        self.promise(0, 1.0, "tests.Case.test")
        with mock.patch.object(_real.os, "kill", side_effect=os.kill) as kill:
            self.watch(child.pid)
        self.assertEqual([call.args for call in kill.mock_calls if call.args[1]], [(child.pid, signal.SIGABRT)])

    def test_no_core_file_is_left(self) -> None:
        import resource  # noqa: PLC0415 (there is none on Windows)

        child = self.child()
        threading.Thread(target=child.wait).start()
        self.promise(0, 1.0, "tests.Case.test")
        with mock.patch.object(resource, "prlimit") as prlimit:
            self.watch(child.pid)
        prlimit.assert_called_once_with(child.pid, resource.RLIMIT_CORE, (0, 0))

    def test_where_that_can_t_be_had_the_process_is_ended_all_the_same(self) -> None:
        patches: dict[str, AbstractContextManager[Any]] = {
            "not allowed": mock.patch("resource.prlimit", side_effect=PermissionError),
            "another system": mock.patch.dict(sys.modules, {"resource": None}),
        }
        for name, patch in patches.items():
            with self.subTest(name), patch:
                child = self.child()
                threading.Thread(target=child.wait).start()
                self.promise(0, 1.0, "tests.Case.test")
                self.watch(child.pid)
                self.assertEqual(child.wait(), -signal.SIGABRT)

    def test_a_process_that_somebody_has_stopped_breaks_no_promise(self) -> None:
        child = self.child()
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        self.promise(0, 1.0, "tests.Case.test")
        with mock.patch.object(
            _real.select, "select", side_effect=[([], [], []), ([], [], []), ([self.reader], [], [])]
        ):
            self.assertEqual(self.watch(child.pid), "")
        self.assertIsNone(child.poll())

    def test_it_is_a_program(self) -> None:
        os.close(self.writer)
        self.writer = os.dup(self.reader)
        numbers = (self.reader, self.page.fileno(), self.journal.fileno())
        with mock.patch.object(sys, "argv", [sentinel.__file__, str(os.getpid()), *map(str, numbers)]):
            runpy.run_path(sentinel.__file__, run_name="__main__")
        self.assertEqual(self.stderr.getvalue(), "")


class ProcessTests(unittest.TestCase):
    """The whole: a test that holds the GIL."""

    def test_a_test_that_holds_the_lock(self) -> None:
        code = """
            import itertools, unittest
            from aiounit import AsyncTestCase

            class Case(AsyncTestCase):
                async def test_1(self):
                    self.fail("no")

                async def test_2(self):
                    pass

                async def test_3(self):
                    sum(itertools.repeat(1))

            unittest.main()
        """
        # Of the last resort's seconds a fiftieth is left.
        environment = os.environ | {"AIOUNIT_TIMEOUT": "1", "AIOUNIT_TIMEOUT_SCALE": "0.02"}
        finished = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = finished.stderr.partition("\naiounit: ")[2]
        self.assertEqual(finished.returncode, -signal.SIGABRT)
        self.assertTrue(
            said.startswith(
                f"__main__.Case.test_3 {HANGS.format(0.1)}\nFinished before: 1 passed, 1 failed.\n\n"
                "failed: __main__.Case.test_1\nTraceback (most recent call last):\n"
            ),
            finished.stderr,
        )
        self.assertIn('  File "<string>", line 13 in test_3\n', said)
