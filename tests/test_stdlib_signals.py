"""The private names about signals that aiounit leans on are there, and mean what aiounit takes them for."""

import signal
import threading
import time
from unittest import TestCase

from aiounit import _stdlib_signals

# Each is shown below to behave as aiounit relies on. Whoever adds one to _stdlib_signals.py adds its test here.
PRIVATE_NAMES = {"_signal"}


class SignalTests(TestCase):
    def setUp(self) -> None:
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))

    def handler(self, *_: object) -> None:
        """Do nothing."""

    def other(self, *_: object) -> None:
        """Do nothing either."""

    def test_pythons_own_handler_is_replaced(self) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.assertTrue(_stdlib_signals.take_sigint(self.handler))
        self.assertEqual(signal.getsignal(signal.SIGINT), self.handler)

    def test_any_other_handler_stays(self) -> None:
        signal.signal(signal.SIGINT, self.other)
        self.assertFalse(_stdlib_signals.take_sigint(self.handler))
        self.assertEqual(signal.getsignal(signal.SIGINT), self.other)

    def test_pythons_own_handler_comes_back(self) -> None:
        signal.signal(signal.SIGINT, self.handler)
        _stdlib_signals.release_sigint(self.handler)
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_a_handler_that_came_meanwhile_stays(self) -> None:
        signal.signal(signal.SIGINT, self.other)
        _stdlib_signals.release_sigint(self.handler)
        self.assertEqual(signal.getsignal(signal.SIGINT), self.other)

    def test_a_handler_that_is_taken_is_called(self) -> None:
        called: list[int] = []
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _stdlib_signals.take_sigint(lambda number, _: called.append(number))
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(called, [signal.SIGINT])


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
        return _stdlib_signals.take_signal(signal.SIGALRM, self.handler)

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
        self.assertTrue(_stdlib_signals.has_signal(signal.SIGALRM, self.handler))
        signal.signal(signal.SIGALRM, self.other)
        self.assertFalse(_stdlib_signals.has_signal(signal.SIGALRM, self.handler))

    def test_it_is_given_back(self) -> None:
        self.take()
        _stdlib_signals.release_signal(signal.SIGALRM, self.handler)
        self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_DFL)

    def test_who_came_meanwhile_keeps_it(self) -> None:
        self.take()
        signal.signal(signal.SIGALRM, self.other)
        _stdlib_signals.release_signal(signal.SIGALRM, self.handler)
        self.assertEqual(signal.getsignal(signal.SIGALRM), self.other)

    def test_the_timer_rings_once(self) -> None:
        self.take()
        _stdlib_signals.set_timer(1e-6)
        deadline = time.monotonic() + 10
        while not self.rung and time.monotonic() < deadline:
            pass
        self.assertEqual((self.rung, _stdlib_signals.has_timer()), ([signal.SIGALRM], False))

    def test_whether_somebody_has_the_timer(self) -> None:
        self.assertFalse(_stdlib_signals.has_timer())
        signal.setitimer(signal.ITIMER_REAL, 3600)
        self.assertTrue(_stdlib_signals.has_timer())

    def test_a_timer_that_never_rings(self) -> None:
        _stdlib_signals.set_timer(3600)
        _stdlib_signals.set_timer(0)
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))
