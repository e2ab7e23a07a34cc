"""Decide on the next action against code that has timed out. This state machine only decides; `Expired` acts.

Two events reach an `Escalation`: the alarm rings, and the loop answers. Each returns an `Action`:

    state    event                     next     action
    -------  ------------------------  -------  ----------------------------------------------
    IDLE     ring, a loop runs         ASKED    ASK
    IDLE     ring, no loop runs        IDLE     RAISE or EJECT; WAIT where that is not safe
    ASKED    ring                      ASKED    the same: the loop is blocked
    ASKED    answer                    IDLE     CANCEL, CANCEL, then ABANDON
    OVER     answer                    OVER     WAIT
"""

import enum
from collections.abc import Callable
from types import FrameType
from typing import Final

__all__ = ["LAST", "PATIENCE", "Action", "Escalation", "State"]

# All times are in seconds, and scaled as budgets are. How long the loop may take to answer before it counts as blocked.
PATIENCE: Final = 0.1
# How long cancelled or interrupted code may take to end.
GRACE: Final = 1.0
# How long until the sentinel ends the process, if no action inside it has had an effect.
LAST: Final = 5.0
# How long the whole escalation may take, however the code reacts.
MOST: Final = 12.0
# When to try again if the frame is not safe: an exception inside asyncio's own code would leave the loop inconsistent.
RETRY: Final = 0.005
# After this many retries, an unsafe frame that has not moved is taken for one that waits for C code.
STAYS: Final = 20
# After this many retries, any unsafe frame is taken for one that will never reach user code.
MOVES: Final = 200
# How often code may suppress an interrupt before each of its lines raises.
SWALLOWS: Final = 3
# How often each line is made to raise.
EJECTIONS: Final = 1_000
# How often a task is cancelled before it is abandoned.
CANCELS: Final = 2


class State(enum.Enum):
    """The state of an escalation."""

    IDLE = "no answer is expected"
    ASKED = "the loop was asked to answer"
    OVER = "the code has ended"


class Action(enum.Enum):
    """The next action."""

    WAIT = "nothing"
    ASK = "ask the loop to answer"
    CANCEL = "cancel the task"
    ABANDON = "stop waiting for the task"
    RAISE = "raise an interrupt in the frame"
    EJECT = "raise an interrupt in the frame, and in each of the next lines"


class Escalation:
    """Decides on the actions against one piece of code that has timed out.

    Args:
        now: The time, in seconds.
        scale: The factor for all times.

    Attributes:
        state: The state.
        due: When to ring next.
        raised: How often an interrupt was raised in the code.
    """

    def __init__(self, now: float, scale: float) -> None:
        self.state = State.IDLE
        self.due = now
        self.raised = 0
        self._scale = scale
        self._began = now
        self._answers = 0
        self._lost_at = 0.0
        self._place: tuple[FrameType, int] | None = None
        self._stays = 0
        self._moves = 0

    def ring(
        self, now: float, frame: FrameType | None, *, has_loop: bool, is_safe: Callable[[], bool], can_eject: bool
    ) -> Action:
        """Decide on the next action when the alarm has rung.

        Args:
            now: The time.
            frame: The innermost frame of the code.
            has_loop: Whether a loop runs through which the code can be cancelled.
            is_safe: Returns whether an interrupt may be raised in the frame.
            can_eject: Whether each line of the code can be made to raise.
        """
        self.due = now + GRACE * self._scale
        if has_loop and self.state is State.IDLE:
            self.state = State.ASKED
            self.due = now + PATIENCE * max(self._scale, 1.0)  # a scale below 1 does not make a machine faster
            return Action.ASK
        if not is_safe() and not self._is_stuck_in(frame):
            self.due = now + RETRY
            return Action.WAIT
        self._stays = self._moves = 0
        self.raised += 1
        if self.raised <= SWALLOWS:
            self._lost_at = now
            return Action.RAISE
        if not can_eject:
            return Action.RAISE
        self.due = now + RETRY
        return Action.EJECT

    def answer(self, now: float) -> Action:
        """Decide on the next action when the loop has answered.

        Args:
            now: The time.
        """
        if self.state is State.OVER:
            return Action.WAIT
        self.state = State.IDLE
        self.due = now + GRACE * self._scale
        self._answers += 1
        return Action.CANCEL if self._answers <= CANCELS else Action.ABANDON

    def extend(self, now: float) -> None:
        """Start the escalation's time over, because a debugger follows the code.

        Args:
            now: The time.
        """
        self._began = now
        self.due = now + GRACE * self._scale

    def end(self) -> None:
        """Decide on no further action, because the code has ended."""
        self.state = State.OVER
        self._place = None

    def promise(self, *, can_eject: bool) -> float:
        """Return when the next action is due, or the time of the last action if everything has been tried.

        Args:
            can_eject: Whether each line of the code can be made to raise.
        """
        planned = self._lost_at if self.raised > SWALLOWS + EJECTIONS * can_eject else self.due
        return min(planned, self._began + MOST * self._scale)  # actions without an effect could go on for ever

    def _is_stuck_in(self, frame: FrameType | None) -> bool:
        """Return whether an unsafe frame, of asyncio or aiounit, has prevented an interrupt for long."""
        place = None if frame is None else (frame, frame.f_lasti)
        self._stays = self._stays + 1 if place == self._place else 0
        self._moves += 1
        self._place = place
        return self._stays >= STAYS or self._moves >= MOVES
