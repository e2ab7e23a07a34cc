"""What is decided about code whose time is over, step by step."""

import unittest
from typing import TYPE_CHECKING, Any

from aiounit.limits.escalation import (
    EJECTIONS,
    GRACE,
    MOST,
    MOVES,
    PATIENCE,
    RETRY,
    STAYS,
    SWALLOWS,
    Action,
    Escalation,
    State,
)

if TYPE_CHECKING:
    from types import FrameType


def suspended() -> Any:
    """Return a generator that has begun: its frame stays until it is resumed."""

    def function() -> Any:
        yield
        yield

    generator = function()
    next(generator)
    return generator


class EscalationTestCase(unittest.TestCase):
    """The time is what the test says."""

    def setUp(self) -> None:
        self.escalation = Escalation(10.0, 1.0)
        self.code = suspended()

    def ring(
        self, now: float, *, has_loop: bool = False, is_safe: bool = True, can_eject: bool = True, frame: bool = True
    ) -> Action:
        at: FrameType | None = self.code.gi_frame if frame else None
        return self.escalation.ring(now, at, has_loop=has_loop, is_safe=lambda: is_safe, can_eject=can_eject)


class LoopTests(EscalationTestCase):
    """Code that can be reached through a loop."""

    def test_the_loop_is_asked_first(self) -> None:
        self.assertEqual((self.ring(10.0, has_loop=True), self.escalation.state), (Action.ASK, State.ASKED))
        self.assertEqual(self.escalation.due, 10.0 + PATIENCE)

    def test_when_it_answers_the_task_is_cancelled_twice_and_then_abandoned(self) -> None:
        actions = []
        for now in (10.0, 11.0, 12.0):
            self.ring(now, has_loop=True)
            actions.append(self.escalation.answer(now))
        self.assertEqual(actions, [Action.CANCEL, Action.CANCEL, Action.ABANDON])
        self.assertEqual((self.escalation.state, self.escalation.due), (State.IDLE, 12.0 + GRACE))

    def test_a_loop_that_does_not_answer_is_interrupted(self) -> None:
        self.ring(10.0, has_loop=True)
        self.assertEqual((self.ring(10.1, has_loop=True), self.escalation.state), (Action.RAISE, State.ASKED))

    def test_an_answer_that_comes_too_late(self) -> None:
        self.ring(10.0, has_loop=True)
        self.escalation.end()
        self.assertIs(self.escalation.answer(10.1), Action.WAIT)

    def test_a_slow_machine_has_more_time_and_a_quick_one_not_less(self) -> None:
        for scale, longer in ((2.0, 2.0), (0.5, 1.0)):
            self.escalation = Escalation(10.0, scale)
            self.ring(10.0, has_loop=True)
            self.assertEqual(self.escalation.due, 10.0 + longer * PATIENCE)
            self.escalation.answer(11.0)
            self.assertEqual(self.escalation.due, 11.0 + scale * GRACE)


class PlaceTests(EscalationTestCase):
    """Code that is interrupted in place."""

    def test_where_it_is_safe(self) -> None:
        self.assertIs(self.ring(10.0), Action.RAISE)
        self.assertEqual((self.escalation.due, self.escalation.raised), (10.0 + GRACE, 1))

    def test_elsewhere_it_is_tried_again_soon(self) -> None:
        for frame in (True, False):
            self.assertIs(self.ring(10.0, is_safe=False, frame=frame), Action.WAIT)
            self.assertEqual((self.escalation.due, self.escalation.raised), (10.0 + RETRY, 0))

    def test_code_that_does_not_move_is_interrupted_all_the_same(self) -> None:
        actions = [self.ring(10.0, is_safe=False) for _ in range(STAYS + 2)]
        self.assertEqual(actions, [Action.WAIT] * STAYS + [Action.RAISE, Action.WAIT])

    def test_code_that_has_moved_is_waited_for(self) -> None:
        for _ in range(STAYS):
            self.ring(10.0, is_safe=False)
        next(self.code)
        self.assertIs(self.ring(10.0, is_safe=False), Action.WAIT)

    def test_but_not_for_ever(self) -> None:
        actions = []
        for _ in range(MOVES):
            self.code = suspended()
            actions.append(self.ring(10.0, is_safe=False))
        self.assertEqual(actions, [Action.WAIT] * (MOVES - 1) + [Action.RAISE])


class SwallowTests(EscalationTestCase):
    """Code that swallows what is raised in it."""

    def swallow(self, times: int, *, can_eject: bool = True) -> list[Action]:
        return [self.ring(10.0 + n, can_eject=can_eject) for n in range(times)]

    def test_at_first_it_is_only_raised_again_and_then_each_line_raises(self) -> None:
        self.assertEqual(self.swallow(SWALLOWS + 2), [Action.RAISE] * SWALLOWS + [Action.EJECT] * 2)
        self.assertEqual(self.escalation.due, 10.0 + SWALLOWS + 1 + RETRY)

    def test_where_that_can_t_be_done_it_is_raised_again(self) -> None:
        self.assertEqual(self.swallow(SWALLOWS + 2, can_eject=False), [Action.RAISE] * (SWALLOWS + 2))
        self.assertEqual(self.escalation.due, 10.0 + SWALLOWS + 1 + GRACE)


class PromiseTests(EscalationTestCase):
    """When something more is done."""

    def test_the_next_thing(self) -> None:
        self.ring(10.0)
        self.assertEqual(self.escalation.promise(can_eject=True), 10.0 + GRACE)

    def test_it_ends_at_some_time_whatever_seems_to_be_done(self) -> None:
        self.escalation.due = 10_000.0
        self.assertEqual(self.escalation.promise(can_eject=True), 10.0 + MOST)

    def test_a_debugger_extends_the_time(self) -> None:
        self.ring(10.0)
        self.escalation.extend(1_000.0)
        self.assertEqual(self.escalation.promise(can_eject=True), 1_000.0 + GRACE)

    def test_as_long_as_something_can_be_done_that_is_promised(self) -> None:
        self.escalation.extend(10.0 + EJECTIONS)
        for n in range(SWALLOWS + EJECTIONS):
            self.ring(10.0 + n)
        self.assertEqual(self.escalation.promise(can_eject=True), self.escalation.due)

    def test_when_all_has_been_tried_nothing_more_is_promised(self) -> None:
        for can_eject, times in ((True, SWALLOWS + EJECTIONS + 1), (False, SWALLOWS + 1)):
            self.escalation = Escalation(10.0, 1.0)
            for n in range(times):
                self.ring(10.0 + n, can_eject=can_eject)
            self.assertEqual(self.escalation.promise(can_eject=can_eject), 10.0 + SWALLOWS - 1)
