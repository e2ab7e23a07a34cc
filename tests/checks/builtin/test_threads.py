"""The check of threads."""

import _thread
import concurrent.futures
import threading
import time
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.checks import Level
from aiounit.checks.builtin.threads import Threads
from tests.checks.support import QuietTestCase, case_of, findings
from tests.resources.support import run_suite

FAIL = {"threads": "fail"}


def wait(event: threading.Event) -> None:
    event.wait(5)


class FoundTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.event = threading.Event()
        self.addCleanup(self.event.set)

    def test_it_is_a_warning_by_default(self) -> None:
        self.assertIs(Threads.level, Level.WARN)

    def test_the_whole_message(self) -> None:
        async def body(case: Any) -> None:
            threading.Thread(target=wait, args=(self.event,), name="worker").start()

        [error] = findings(case_of(body, checks=FAIL))
        line = body.__code__.co_firstlineno + 1
        lines = str(error).splitlines()
        self.assertEqual(
            lines[:4],
            [
                "threads: thread 'worker' of wait() was still running",
                "made here, most recent call last:",
                f"  tests/checks/builtin/test_threads.py, line {line}, in {body.__qualname__}: "
                'threading.Thread(target=wait, args=(self.event,), name="worker").start()',
                "it is here:",
            ],
        )
        self.assertEqual(lines[-1], "Tell it to end, and join it")

    def test_the_thread_of_grpc_is_the_processs(self) -> None:
        event = self.event
        poller: Any = type("Poller", (), {"__module__": "grpc._cython.cygrpc", "poll": lambda _self: event.wait(5)})()

        async def body(case: Any) -> None:
            threading.Thread(target=poller.poll).start()

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])

    def test_a_class_of_threads(self) -> None:
        event = self.event

        class Worker(threading.Thread):
            def run(self) -> None:
                event.wait(5)

        def body(case: Any) -> None:
            Worker(name="worker").start()

        [error] = findings(case_of(body, checks=FAIL))
        self.assertRegex(str(error), rf"^threads: thread 'worker' of {Worker.__qualname__}\(\) was still running\n")

    def test_one_of_a_class_is_the_class_s(self) -> None:
        class Case(AsyncTestCase):
            checks = FAIL

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                threading.Thread(target=wait, args=(self.event,), name="worker").start()

            async def test(self) -> None:
                """Pass."""

        log = run_suite(Case).log
        self.assertEqual(
            [entry[:37] for entry in log], ["start test", "addSuccess", "tearDownClass FindingError('threads',"]
        )


class InnocentTests(QuietTestCase):
    def test_one_that_was_there_before(self) -> None:
        event = threading.Event()
        thread = threading.Thread(target=wait, args=(event,))
        thread.start()

        async def body(case: Any) -> None:
            self.assertTrue(thread.is_alive())

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])
        event.set()
        thread.join()

    def test_workers_that_idle(self) -> None:
        executor = concurrent.futures.ThreadPoolExecutor(2)
        self.addCleanup(executor.shutdown)

        async def body(case: Any) -> None:
            executor.submit(int).result()

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])

    def test_a_worker_that_comes_back_from_its_job_while_it_is_looked_at(self) -> None:
        executor = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(executor.shutdown)
        has_begun, may_end = threading.Event(), threading.Event()

        def job() -> None:
            has_begun.set()
            may_end.wait(5)

        def body(case: Any) -> None:
            executor.submit(job)
            has_begun.wait(5)

        # The check waits for the thread of the job, and so lets it go on; the worker idles by then, and does not end.
        join = threading.Thread.join

        def end_the_job_and_join(thread: threading.Thread, timeout: float | None = None) -> None:
            may_end.set()
            executor.submit(int).result(5)
            join(thread, 0.05)

        with mock.patch.object(threading.Thread, "join", end_the_job_and_join):
            self.assertEqual(findings(case_of(body, checks=FAIL)), [])

    def test_what_waits_for_a_child(self) -> None:
        event = threading.Event()
        self.addCleanup(event.set)

        async def body(case: Any) -> None:
            for name in ("waitpid-1", "asyncio-waitpid-2"):
                threading.Thread(target=wait, args=(event,), name=name).start()

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])

    def test_one_that_is_about_to_end(self) -> None:
        async def body(case: Any) -> None:
            threading.Thread(target=time.sleep, args=(0.01,)).start()

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])

    def test_a_thread_that_nobody_in_python_has_started(self) -> None:
        async def body(case: Any) -> None:
            done = threading.Event()

            def ask() -> None:
                threading.current_thread()
                done.set()

            _thread.start_new_thread(ask, ())
            done.wait()

        self.assertEqual(findings(case_of(body, checks=FAIL)), [])
