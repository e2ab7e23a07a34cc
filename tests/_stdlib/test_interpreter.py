"""The functions of the interpreter that `ctypes` reaches are there, and do what aiounit takes them for."""

import gc
import subprocess
import sys
import threading
import unittest
import weakref
from unittest import TestCase

from aiounit import _stdlib

PRIVATE_NAMES: set[str] = set()  # only `ctypes` reaches what they use


@unittest.skipIf(sys.version_info < (3, 12) and sys.gettrace() is not None, "3.11 spins if it traces")
class ThreadTests(TestCase):
    """What can be done to a thread from another one."""

    def setUp(self) -> None:
        self.raised: list[BaseException] = []
        self.begun, self.going_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.wait)
        self.thread.start()
        self.addCleanup(self.end)
        self.begun.wait()
        assert self.thread.ident is not None
        self.ident: int = self.thread.ident

    def wait(self) -> None:
        try:
            self.begun.set()
            self.going_on.wait()
        except BaseException as error:
            self.raised.append(error)

    def end(self) -> None:
        self.going_on.set()
        self.thread.join()

    def test_an_exception_is_raised_in_it_when_it_runs(self) -> None:
        _stdlib.interpreter.raise_in_thread(self.ident, ZeroDivisionError)
        self.end()
        self.assertEqual([type(error) for error in self.raised], [ZeroDivisionError])


class TakeBackTests(TestCase):
    def test_nothing_is_raised(self) -> None:
        _stdlib.interpreter.take_back()
        for _ in range(1000):
            self.assertIsNone(None)

    def test_tracing_goes_on(self) -> None:
        code = (
            "from aiounit._stdlib import interpreter; interpreter.take_back(); "
            "import sys; sys.settrace(print); (lambda: None)()"
        )
        command = [sys.executable, "-c", code]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("call None", finished.stdout)


class KeepTests(TestCase):
    def test_what_is_kept_for_ever_outlives_its_last_name(self) -> None:
        class Thing:
            """Can be watched."""

        thing = Thing()
        watched = weakref.ref(thing)
        _stdlib.interpreter.keep_for_ever(thing)
        del thing
        gc.collect()
        self.assertIsNotNone(watched())
