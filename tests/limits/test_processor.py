"""The processor time of a thread."""

import sys
import threading
import time
import unittest
from unittest import mock

from aiounit import _real
from aiounit.limits.processor import Processor


class ProcessorTests(unittest.TestCase):
    def setUp(self) -> None:
        self.processor = Processor()

    def test_it_knows_its_thread(self) -> None:
        self.assertEqual(self.processor.thread, threading.get_ident())

    def files(self, **contents: bytes) -> None:
        self.enterContext(mock.patch.object(self.processor, "_read", contents.get))

    def test_a_thread_that_runs(self) -> None:
        if not hasattr(time, "pthread_getcpuclockid"):
            self.skipTest("there is no such clock on this system")
        before = self.processor.ran()
        sum(range(100_000))
        self.assertGreater(self.processor.ran(), before)

    def test_how_long_it_has_waited(self) -> None:
        self.files(schedstat=b"7000000000 1500000000 3\n")
        self.assertEqual(self.processor.waited(), 1.5)

    def test_whether_it_runs_or_is_about_to(self) -> None:
        for state, expected in (b"R", True), (b"S", False), (b"D", False):
            self.files(stat=b"17 (a thread) R) " + state + b" 1 2")
            self.assertIs(self.processor.is_ready(), expected)

    @unittest.skipUnless(sys.platform == "linux", "it is Linux that tells")
    def test_the_thread_that_has_made_it_is_the_one_that_is_asked_for(self) -> None:
        stats: list[bytes] = []
        thread = threading.Thread(target=lambda: stats.append(self.processor._read("stat")))
        thread.start()
        thread.join()
        self.assertEqual(int(stats[0].partition(b" ")[0]), threading.get_native_id())
        self.assertTrue(self.processor.is_ready())

    def test_where_nothing_is_to_be_known(self) -> None:
        with mock.patch.object(_real.time, "pthread_getcpuclockid", None, create=True):
            processor = Processor()
        processor._folder = "/no/such/folder"
        self.assertEqual((processor.ran(), processor.waited(), processor.is_ready()), (0.0, 0.0, False))

    def test_a_thread_that_has_ended(self) -> None:
        with mock.patch.object(_real.time, "clock_gettime", side_effect=OSError, create=True):
            self.assertEqual(self.processor.ran(), 0.0)
        self.processor._folder = "tests"
        self.assertEqual(self.processor._read("checks"), b"")  # which can't be read
