"""The private names about signals that aiounit leans on are there, and mean what aiounit takes them for."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import TestCase, mock

from aiounit import _stdlib
from aiounit.limits import ctrl_c

# Each is shown below to behave as aiounit relies on. Whoever adds one to signals.py adds its test here.
PRIVATE_NAMES = {"_interrupt_handler", "_on_sigint", "_register_atexit", "_signal", "_thread"}


class SignalTests(TestCase):
    def setUp(self) -> None:
        ctrl_c.forget()
        self.called: list[int] = []
        self.handler = lambda number, _frame: self.called.append(number)
        self.addCleanup(_stdlib.signals.release_sigint, self.handler)
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        self.assertIs(signal.default_int_handler, _stdlib.signals.PYTHONS_OWN)

    def other(self, *_: object) -> None:
        """Do nothing."""

    def test_pythons_own_handler_is_replaced_and_the_other_passes_for_it(self) -> None:
        self.assertTrue(_stdlib.signals.take_sigint(self.handler))
        self.assertIs(signal.getsignal(signal.SIGINT), self.handler)
        self.assertIs(signal.default_int_handler, self.handler)

    def test_one_that_is_there_already_stays(self) -> None:
        self.assertTrue(_stdlib.signals.take_sigint(self.handler))
        self.assertTrue(_stdlib.signals.take_sigint(self.handler))
        self.assertIs(signal.getsignal(signal.SIGINT), self.handler)

    def test_any_other_handler_stays(self) -> None:
        signal.signal(signal.SIGINT, self.other)
        self.assertFalse(_stdlib.signals.take_sigint(self.handler))
        self.assertEqual(signal.getsignal(signal.SIGINT), self.other)

    def test_a_name_that_was_replaced_stays_replaced(self) -> None:
        with mock.patch.object(signal, "default_int_handler") as replaced:
            self.assertTrue(_stdlib.signals.take_sigint(self.handler))
            self.assertIs(signal.default_int_handler, replaced)

    def test_an_interpreter_that_may_not_have_handlers(self) -> None:
        with mock.patch.object(_stdlib.signals._signal, "signal", side_effect=ValueError):
            self.assertFalse(_stdlib.signals.take_sigint(self.handler))

    def test_pythons_own_handler_comes_back(self) -> None:
        _stdlib.signals.take_sigint(self.handler)
        _stdlib.signals.release_sigint(self.handler)
        self.assertIs(signal.getsignal(signal.SIGINT), _stdlib.signals.PYTHONS_OWN)
        self.assertIs(signal.default_int_handler, _stdlib.signals.PYTHONS_OWN)

    def test_a_handler_that_came_meanwhile_stays(self) -> None:
        signal.signal(signal.SIGINT, self.other)
        _stdlib.signals.release_sigint(self.handler)
        self.assertEqual(signal.getsignal(signal.SIGINT), self.other)

    def test_a_handler_that_is_taken_is_called(self) -> None:
        _stdlib.signals.take_sigint(self.handler)
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(self.called, [signal.SIGINT])

    def test_the_system_gets_the_signal_and_gives_it_back(self) -> None:
        undo = _stdlib.signals.leave_sigint_to_the_system()
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.SIG_DFL)
        undo()
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)
        undo = _stdlib.signals.leave_sigint_to_the_system()
        signal.signal(signal.SIGINT, self.other)
        undo()
        self.assertEqual(signal.getsignal(signal.SIGINT), self.other)

    def test_asyncio_run_tells_of_its_own(self) -> None:
        before = asyncio.Runner._on_sigint  # type: ignore[attr-defined]
        self.addCleanup(setattr, asyncio.Runner, "_on_sigint", before)
        answers = [False, True]
        _stdlib.signals.count_other_handlers(lambda: answers.pop(0))

        async def main() -> None:
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            asyncio.run(main())
        self.assertEqual(answers, [])

    def test_unittests_own_handler_calls_another_at_the_second(self) -> None:
        self.enterContext(mock.patch("unittest.signals._results", {}))  # else the run that this test is in would stop
        unittest.installHandler()
        self.addCleanup(unittest.removeHandler)
        _stdlib.signals.replace_in_unittest(_stdlib.signals.PYTHONS_OWN, self.handler)
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(self.called, [])
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(self.called, [signal.SIGINT])
        _stdlib.signals.replace_in_unittest(self.handler, _stdlib.signals.PYTHONS_OWN)
        with self.assertRaises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    def test_a_handler_that_another_has_replaced_in_unittests_own_stays(self) -> None:
        own = self.enterContext(mock.patch("unittest.signals._interrupt_handler", mock.Mock(default_handler=bool)))
        _stdlib.signals.replace_in_unittest(self.handler, _stdlib.signals.PYTHONS_OWN)
        self.assertIs(own.default_handler, bool)

    def test_a_thread_is_started(self) -> None:
        ran = threading.Event()
        _stdlib.signals.start_thread(ran.set)
        self.assertTrue(ran.wait(60))

    def test_a_thread_waits_until_it_is_told(self) -> None:
        called = threading.Event()
        tell = _stdlib.signals.start_waiting_thread(called.set)
        self.assertFalse(called.is_set())
        tell()
        self.assertTrue(called.wait(60))

    def test_a_function_is_called_before_the_interpreter_waits_for_threads(self) -> None:
        program = (
            "from aiounit._stdlib import signals; import threading\n"
            "wait = threading.Event()\n"
            "threading.Thread(target=wait.wait).start()\n"
            "def end(): print(signals.call_at_shutdown(end)); wait.set()\n"
            "print(signals.call_at_shutdown(end))"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(ran.stdout, "True\nFalse\n")


class AlarmTests(TestCase):
    """A signal that does nothing by default, and the timer that sends it."""

    def setUp(self) -> None:
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.SIG_DFL)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        self.rung: list[int] = []
        self.handler = lambda number, _frame: self.rung.append(number)
        self.other = lambda *_: None

    def take(self) -> bool:
        return _stdlib.signals.take_signal(signal.SIGALRM, self.handler)

    def test_it_is_taken_where_nobody_has_it(self) -> None:
        self.assertTrue(self.take())
        self.assertEqual(signal.getsignal(signal.SIGALRM), self.handler)

    def test_a_handler_of_somebody_else_stays(self) -> None:
        signal.signal(signal.SIGALRM, self.other)
        self.assertFalse(self.take())
        self.assertEqual(signal.getsignal(signal.SIGALRM), self.other)

    def test_it_can_be_had_in_the_main_thread_only(self) -> None:
        taken: list[bool] = []
        thread = threading.Thread(target=lambda: taken.append(self.take()))
        thread.start()
        thread.join()
        self.assertEqual((taken, signal.getsignal(signal.SIGALRM)), ([False], signal.SIG_DFL))

    def test_whether_it_is_still_there(self) -> None:
        self.take()
        self.assertTrue(_stdlib.signals.has_signal(signal.SIGALRM, self.handler))
        signal.signal(signal.SIGALRM, self.other)
        self.assertFalse(_stdlib.signals.has_signal(signal.SIGALRM, self.handler))

    def test_it_is_given_back(self) -> None:
        self.take()
        _stdlib.signals.release_signal(signal.SIGALRM, self.handler)
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)

    def test_who_came_meanwhile_keeps_it(self) -> None:
        self.take()
        signal.signal(signal.SIGALRM, self.other)
        _stdlib.signals.release_signal(signal.SIGALRM, self.handler)
        self.assertEqual(signal.getsignal(signal.SIGALRM), self.other)

    def test_the_timer_rings_once(self) -> None:
        self.take()
        _stdlib.signals.set_timer(1e-6)
        deadline = time.monotonic() + 10
        while not self.rung and time.monotonic() < deadline:
            pass
        self.assertEqual((self.rung, signal.getitimer(signal.ITIMER_REAL)), ([signal.SIGALRM], (0.0, 0.0)))

    def test_the_signal_and_its_timer_are_taken(self) -> None:
        self.assertTrue(_stdlib.signals.take_alarm(self.handler))
        self.assertEqual(signal.getsignal(signal.SIGALRM), self.handler)

    def test_they_can_be_had_in_the_main_thread_only(self) -> None:
        taken: list[bool] = []
        thread = threading.Thread(target=lambda: taken.append(_stdlib.signals.take_alarm(self.handler)))
        thread.start()
        thread.join()
        self.assertEqual((taken, signal.getsignal(signal.SIGALRM)), ([False], signal.SIG_DFL))

    def test_they_are_not_if_the_timer_is_used(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 3600)
        self.assertFalse(_stdlib.signals.take_alarm(self.handler))
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)

    def test_whether_they_are_still_there(self) -> None:
        def states() -> list[bool]:
            return [_stdlib.signals.handler_of(signal.SIGALRM) is self.handler, _stdlib.signals.has_timer()]

        seen = [states()]
        _stdlib.signals.take_alarm(self.handler)
        seen.append(states())
        _stdlib.signals.set_timer(3600)
        seen.append(states())
        signal.signal(signal.SIGALRM, self.other)
        seen.append(states())
        self.assertEqual(seen, [[False, False], [True, False], [True, True], [False, True]])

    def test_they_are_given_back(self) -> None:
        _stdlib.signals.take_alarm(self.handler)
        _stdlib.signals.set_timer(3600, 0.1)
        _stdlib.signals.stop_timer(0.1)
        _stdlib.signals.release_signal(_stdlib.signals.ALARM, self.handler)
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))

    def test_another_timer_goes_on(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 3600, 60)
        _stdlib.signals.stop_timer(0.1)
        seconds, interval = signal.getitimer(signal.ITIMER_REAL)
        self.assertEqual((round(seconds, -1), round(interval)), (3600, 60))

    def test_a_timer_that_never_rings(self) -> None:
        _stdlib.signals.set_timer(3600)
        _stdlib.signals.set_timer(0)
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))
