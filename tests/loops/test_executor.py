"""The default executor of a test behaves as stdlib's, but for what its purpose is: it can be left behind."""

import asyncio
import contextvars
import functools
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
import unittest
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, NamedTuple
from unittest import mock

from hypothesis import given, settings, strategies as st

from aiounit import _real
from aiounit.loops.executor import DaemonExecutor

VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("VARIABLE", default=0)


class Gate:
    """A job that goes on only when it may."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.may_leave = threading.Event()

    def pass_through(self, value: object = None) -> object:
        self.entered.set()
        self.may_leave.wait()
        return value


def ended(threads: Sequence[threading.Thread]) -> bool:
    """Wait for threads and tell whether they have ended."""
    for thread in threads:
        thread.join(60)
    return not any(thread.is_alive() for thread in threads)


def threads_of(executor: DaemonExecutor) -> list[threading.Thread]:
    """Return the threads that an executor has made."""
    assert executor._pool is not None
    return list(executor._pool._threads)


class Thing:
    """Something that can be weakly referred to."""


class Action(NamedTuple):
    """Something to do with an executor."""

    name: str
    number: int = 0


ACTIONS = st.one_of(
    st.builds(Action, st.just("submit"), st.integers(0, 9)),
    st.builds(Action, st.sampled_from(["fail", "exit", "cancel", "map"]), st.integers(0, 5)),
    st.builds(Action, st.sampled_from(["shutdown", "shutdown and cancel"])),
)


class DifferentialTests(unittest.TestCase):
    """What can be seen of it is what can be seen of stdlib's, whatever is done."""

    def observe(self, executor: ThreadPoolExecutor, actions: list[Action]) -> list[object]:
        """Do all while the only thread is busy, then let it go on; return what was to be seen."""
        gate = Gate()
        log: list[object] = []
        order: list[tuple[str, int, str]] = []
        futures: list[Future[Any]] = [executor.submit(gate.pass_through)]
        gate.entered.wait()

        def job(kind: str, number: int) -> int:
            order.append((kind, number, threading.current_thread().name))
            if kind == "fail":
                raise ValueError(number)
            if kind == "exit":
                raise SystemExit(number)
            return number

        for name, number in actions:
            try:
                if name == "cancel":
                    log.append(futures[number % len(futures)].cancel())
                elif name == "map":
                    values = executor.map(functools.partial(job, "map"), range(number))
                    futures.append(Future())
                    futures[-1].set_result(None)
                    log.append(type(values).__name__)
                elif name.startswith("shutdown"):
                    executor.shutdown(wait=False, cancel_futures=name.endswith("cancel"))
                else:
                    futures.append(executor.submit(job, name, number))
            except RuntimeError as error:
                log.append(repr(error))
        states = [(future.cancelled(), future.running(), future.done()) for future in futures]
        gate.may_leave.set()
        executor.shutdown()
        return [log, order, states, [self.outcome(future) for future in futures]]

    @staticmethod
    def outcome(future: Future[Any]) -> str:
        try:
            return repr(future.exception(60) or future.result(60))
        except CancelledError:
            return "cancelled"

    @given(st.lists(ACTIONS, max_size=12))
    @settings(deadline=None, max_examples=200)
    def test_the_same_as_stdlibs(self, actions: list[Action]) -> None:
        ours = self.observe(DaemonExecutor(1), actions)
        self.assertEqual(ours, self.observe(ThreadPoolExecutor(1, "asyncio"), actions))

    def test_wrong_numbers_of_threads(self) -> None:
        messages = []
        for kind in (DaemonExecutor, ThreadPoolExecutor):
            with self.assertRaises(ValueError) as caught:
                kind(0).submit(print)
            messages.append(str(caught.exception))
        self.assertEqual(messages, ["max_workers must be greater than 0"] * 2)

    def test_as_many_threads_by_default(self) -> None:
        executor = DaemonExecutor()
        executor.submit(int).result()
        self.assertEqual(executor._max_workers, ThreadPoolExecutor()._max_workers)

    def test_results_of_many_threads(self) -> None:
        def total(executor: ThreadPoolExecutor) -> int:
            with executor:
                return sum(executor.map(pow, range(200), [2] * 200, timeout=60))

        self.assertEqual(total(DaemonExecutor(8)), total(ThreadPoolExecutor(8)))


class JobTests(unittest.TestCase):
    def setUp(self) -> None:
        self.executor = DaemonExecutor(2)
        self.addCleanup(self.executor.abandon)
        self.gate = Gate()
        self.addCleanup(self.gate.may_leave.set)

    def test_arguments(self) -> None:
        self.assertEqual(self.executor.submit(dict, [("a", 1)], b=2).result(60), {"a": 1, "b": 2})

    def test_an_argument_of_the_name_of_one_of_its_own(self) -> None:
        self.assertEqual(self.executor.submit(dict, fn=1, self=2).result(60), {"fn": 1, "self": 2})

    def test_it_is_an_executor_for_a_loop(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        loop.set_default_executor(self.executor)

        async def main() -> int:
            VARIABLE.set(1)
            return await asyncio.to_thread(VARIABLE.get)

        self.assertEqual(loop.run_until_complete(main()), 1)
        loop.run_until_complete(loop.shutdown_default_executor())
        self.assertTrue(ended(threads_of(self.executor)))

    def test_its_threads(self) -> None:
        names = self.executor.map(lambda _: threading.current_thread().name, range(2))
        self.assertLessEqual(set(names), {"asyncio_0", "asyncio_1"})
        self.assertTrue(all(thread.daemon for thread in threads_of(self.executor)))

    def test_an_idle_thread_is_used_again(self) -> None:
        self.executor.submit(int).result(60)
        deadline = time.monotonic() + 60
        assert self.executor._pool is not None
        while time.monotonic() < deadline and not self.executor._pool.idle._value:
            time.sleep(0)
        self.executor.submit(int).result(60)
        self.assertEqual([thread.name for thread in threads_of(self.executor)], ["asyncio_0"])

    def test_a_busy_one_is_not_waited_for(self) -> None:
        first = self.executor.submit(self.gate.pass_through, 1)
        self.assertEqual(self.executor.submit(int).result(60), 0)
        self.gate.may_leave.set()
        self.assertEqual(first.result(60), 1)

    def test_one_that_is_cancelled_before_it_begins(self) -> None:
        executor = DaemonExecutor(1)
        self.addCleanup(executor.abandon)
        executor.submit(self.gate.pass_through)
        calls: list[int] = []
        cancelled = executor.submit(calls.append, 1)
        self.assertTrue(cancelled.cancel())
        self.gate.may_leave.set()
        self.assertEqual(executor.submit(int).result(60), 0)
        self.assertEqual(calls, [])

    def test_a_job_that_submits_another(self) -> None:
        self.assertEqual(self.executor.submit(self.executor.submit, int).result(60).result(60), 0)

    def test_the_first_jobs_of_many_threads_at_once(self) -> None:
        barrier = threading.Barrier(8)
        futures: list[Future[int]] = []

        def submit() -> None:
            barrier.wait()
            futures.append(self.executor.submit(int))

        threads = [threading.Thread(target=submit) for _ in range(8)]
        for thread in threads:
            thread.start()
        self.assertTrue(ended(threads))
        self.assertEqual([future.result(60) for future in futures], [0] * 8)
        self.assertLessEqual(len(threads_of(self.executor)), 2)

    def test_none_when_the_interpreter_ends(self) -> None:
        with (
            mock.patch.object(_real.sys, "is_finalizing", return_value=True),
            self.assertRaisesRegex(RuntimeError, "^cannot schedule new futures after interpreter shutdown$"),
        ):
            self.executor.submit(int)


class MemoryTests(unittest.TestCase):
    """Nothing is kept longer than it is needed."""

    def setUp(self) -> None:
        self.executor = DaemonExecutor(1)
        self.addCleanup(self.executor.abandon)
        gc.disable()
        self.addCleanup(gc.enable)

    def settle(self) -> None:
        """Wait until the thread is past its last job."""
        self.executor.submit(int).result(60)

    def test_arguments_and_results(self) -> None:
        thing = Thing()
        dead = weakref.ref(thing)
        self.executor.submit(lambda thing: thing, thing).result(60)
        del thing
        self.settle()
        self.assertIsNone(dead())

    def test_errors_and_what_was_passed(self) -> None:
        class Error(Exception):
            """One that can be weakly referred to."""

        def fail(_thing: Thing) -> None:
            raise Error

        thing = Thing()
        dead_thing = weakref.ref(thing)
        future = self.executor.submit(fail, thing)
        error = future.exception(60)
        dead_error = weakref.ref(error) if isinstance(error, Error) else None
        self.settle()
        del error, thing, future
        assert dead_error is not None
        self.assertEqual((dead_error(), dead_thing()), (None, None))

    def test_an_executor_that_nobody_has_any_more(self) -> None:
        executor = DaemonExecutor(1)
        executor.submit(int).result(60)
        threads = threads_of(executor)
        dead = weakref.ref(executor)
        del executor
        self.assertIsNone(dead())
        self.assertTrue(ended(threads))


class ShutdownTests(unittest.TestCase):
    def setUp(self) -> None:
        self.executor = DaemonExecutor(1)
        self.gate = Gate()
        self.addCleanup(self.gate.may_leave.set)

    def assertShutDown(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "^cannot schedule new futures after shutdown$"):
            self.executor.submit(int)

    def test_of_one_that_was_not_used(self) -> None:
        self.executor.shutdown()
        self.assertShutDown()
        self.assertFalse(self.executor.is_used)

    def test_of_one_that_was_used(self) -> None:
        self.assertEqual(self.executor.submit(int).result(60), 0)
        self.executor.shutdown()
        self.assertShutDown()
        self.assertTrue(self.executor.is_used)

    def test_it_waits(self) -> None:
        future = self.executor.submit(self.gate.pass_through)
        self.gate.entered.wait()
        waiting = threading.Thread(target=self.executor.shutdown)
        waiting.start()
        self.assertFalse(future.done())
        self.gate.may_leave.set()
        self.assertTrue(ended([waiting]))
        self.assertTrue(future.done())
        self.assertFalse(any(thread.is_alive() for thread in threads_of(self.executor)))

    def test_by_one_of_its_jobs(self) -> None:
        future = self.executor.submit(self.executor.shutdown)
        self.assertEqual(repr(future.exception(60)), "RuntimeError('cannot join current thread')")
        self.assertTrue(ended(threads_of(self.executor)))

    def test_twice(self) -> None:
        self.executor.submit(int)
        self.executor.shutdown()
        self.executor.shutdown(cancel_futures=True)
        self.assertTrue(ended(threads_of(self.executor)))


class AbandonTests(unittest.TestCase):
    def setUp(self) -> None:
        self.executor = DaemonExecutor(1)
        self.gate = Gate()
        self.addCleanup(self.gate.may_leave.set)
        self.running = self.executor.submit(self.gate.pass_through)
        self.pending = self.executor.submit(int)
        self.gate.entered.wait()

    def test_no_more_jobs(self) -> None:
        self.executor.abandon()
        with self.assertRaisesRegex(RuntimeError, "^cannot schedule new futures after shutdown$"):
            self.executor.submit(int)

    def test_jobs_that_have_not_begun(self) -> None:
        self.executor.abandon()
        self.assertTrue(self.pending.cancelled())

    def test_jobs_that_run(self) -> None:
        self.executor.abandon()
        self.assertEqual(self.executor.running(), [])
        self.gate.may_leave.set()
        self.assertTrue(ended(threads_of(self.executor)))
        self.assertFalse(self.running.done())

    def test_jobs_that_fail_afterwards(self) -> None:
        def fail() -> None:
            gate.pass_through()
            raise ValueError("no")

        executor, gate = DaemonExecutor(1), Gate()
        future = executor.submit(fail)
        gate.entered.wait()
        executor.abandon()
        gate.may_leave.set()
        self.assertTrue(ended(threads_of(executor)))
        self.assertFalse(future.done())

    def test_nobody_waits_for_it(self) -> None:
        waiting = threading.Thread(target=self.executor.shutdown)
        waiting.start()
        self.executor.abandon()
        self.assertTrue(ended([waiting]))
        self.executor.shutdown()

    def test_one_that_was_not_used(self) -> None:
        executor = DaemonExecutor()
        executor.abandon()
        self.assertFalse(executor.is_used)
        with self.assertRaisesRegex(RuntimeError, "^cannot schedule new futures after shutdown$"):
            executor.submit(int)

    def test_idle_threads_end(self) -> None:
        executor = DaemonExecutor(1)
        executor.submit(int).result(60)
        executor.abandon()
        self.assertTrue(ended(threads_of(executor)))

    def test_the_process_ends(self) -> None:
        script = textwrap.dedent("""
            import time
            from aiounit.loops.executor import DaemonExecutor

            executor = DaemonExecutor()
            executor.submit(time.sleep, 3600)
            print("end")
        """)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "end\n", ""))


class RunningTests(unittest.TestCase):
    """What is said of jobs that run."""

    def setUp(self) -> None:
        self.executor = DaemonExecutor(1)
        self.addCleanup(self.executor.abandon)
        self.reader, self.writer = os.pipe()

    def tearDown(self) -> None:
        os.close(self.reader)
        os.close(self.writer)

    def said(self, function: Callable[..., Any], *arguments: Any) -> str:
        """Return what is said of a function that reads from the pipe, when it has come to that."""
        future = self.executor.submit(function, *arguments)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not self.is_reading():
                time.sleep(0)
            said = self.executor.running()
        finally:
            os.write(self.writer, b".")
            future.result(60)
        self.assertEqual(len(said), 1)
        return said[0]

    def is_reading(self) -> bool:
        """Tell whether the thread is at the line of `read` that reads, or in none of ours."""
        ident = threads_of(self.executor)[0].ident
        assert ident is not None
        frame = sys._current_frames()[ident]
        return frame.f_code.co_name in {"_do", "read"} and bool(self.executor.running())

    def read(self) -> bytes:
        return os.read(self.reader, 1)

    def test_nothing_before_the_first(self) -> None:
        self.assertEqual(DaemonExecutor().running(), [])

    def test_nothing_after_the_last(self) -> None:
        self.executor.submit(int).result(60)
        self.assertEqual(self.executor.running(), [])

    def test_a_function_of_the_users(self) -> None:
        number = self.read.__code__.co_firstlineno + 1
        self.assertRegex(
            self.said(self.read),
            rf"^{__name__}\.RunningTests\.read in thread 'asyncio_0', at \S*test_executor\.py, line {number}, "
            r"in RunningTests\.read: return os\.read\(self\.reader, 1\)$",
        )

    def test_a_function_that_is_not_pythons(self) -> None:
        self.assertEqual(self.said(os.read, self.reader, 1), f"{os.read.__module__}.read in thread 'asyncio_0'")

    def test_a_partial_function(self) -> None:
        partial = functools.partial(functools.partial(os.read, self.reader), 1)
        self.assertEqual(self.said(partial), f"{os.read.__module__}.read in thread 'asyncio_0'")

    def test_one_that_is_called_in_a_context(self) -> None:
        partial = functools.partial(contextvars.copy_context().run, os.read, self.reader, 1)
        self.assertEqual(self.said(partial), f"{os.read.__module__}.read in thread 'asyncio_0'")

    def test_a_built_in_method(self) -> None:
        file = os.fdopen(os.dup(self.reader), "rb", buffering=0)
        self.addCleanup(file.close)
        self.assertEqual(self.said(file.read, 1), "FileIO.read in thread 'asyncio_0'")

    def test_an_object_that_can_be_called(self) -> None:
        self.assertTrue(self.said(Reader(self)).startswith(f"{__name__}.Reader in thread 'asyncio_0', at "))


class Reader:
    """Reads when it is called; its attributes must not be asked for."""

    def __init__(self, test: RunningTests) -> None:
        self.test = test

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __call__(self) -> bytes:
        return self.test.read()
