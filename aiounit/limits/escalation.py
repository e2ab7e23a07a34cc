"""Decide what to do next about code whose time is over. This is a state machine: it decides, and does nothing itself.

Two things happen to an `Escalation`: the alarm rings, and the loop answers. Each returns an `Action`:

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

# All in seconds, and scaled as budgets are. How long the loop may take to answer before it counts as blocked.
PATIENCE: Final = 0.1
# How long what is cancelled or interrupted may take to end.
GRACE: Final = 1.0
# How long until the sentinel ends the process, if nothing can be done from inside.
LAST: Final = 5.0
# How long all that may take, whatever the code does with it.
MOST: Final = 12.0
# When to try again, if this moment can't be used: an exception inside asyncio's own code would wreck the loop.
RETRY: Final = 0.005
# After how many retries a frame that has not moved is taken for one that waits for C code, and any other frame for one
# that calls no user code, but does not end either.
STAYS: Final = 20
MOVES: Final = 200
# How often code may swallow an interrupt before each of its lines raises, and how often that is tried.
SWALLOWS: Final = 3
EJECTIONS: Final = 1_000
# How often a task is cancelled before it is abandoned.
CANCELS: Final = 2


class State(enum.Enum):
    """How far an escalation is."""

    IDLE = "nothing is under way"
    ASKED = "the loop was asked to answer"
    OVER = "the code has ended"


class Action(enum.Enum):
    """What to do now."""

    WAIT = "nothing"
    ASK = "ask the loop to answer"
    CANCEL = "cancel the task"
    ABANDON = "stop waiting for the task"
    RAISE = "raise an interrupt in place"
    EJECT = "raise an interrupt in place, and in each of the next lines"


class Escalation:
    """What is done about one piece of code whose time is over.

    Args:
        now: The time, in seconds.
        scale: What all times are multiplied by.

    Attributes:
        state: How far it is.
        due: When it is to be looked at next.
        raised: How often an interrupt was raised in place.
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
        """Decide what to do because the alarm has rung.

        Args:
            now: The time.
            frame: Where the code is.
            has_loop: Whether a loop runs that the code can be reached through.
            is_safe: Tells whether an interrupt may be raised in the frame.
            can_eject: Whether the lines of the code can be made to raise.
        """
        self.due = now + GRACE * self._scale
        if has_loop and self.state is State.IDLE:
            self.state = State.ASKED
            self.due = now + PATIENCE * max(self._scale, 1.0)  # no scale makes a machine quicker
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
        """Decide what to do because the loop has answered.

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
        """Wait, because a debugger follows the code.

        Args:
            now: The time.
        """
        self._began = now
        self.due = now + GRACE * self._scale

    def end(self) -> None:
        """Do no more: the code has ended."""
        self.state = State.OVER
        self._place = None

    def promise(self, *, can_eject: bool) -> float:
        """Return when the next thing is done; after all has been tried, when that was.

        Args:
            can_eject: Whether the lines of the code can be made to raise.
        """
        planned = self._lost_at if self.raised > SWALLOWS + EJECTIONS * can_eject else self.due
        return min(planned, self._began + MOST * self._scale)  # whatever seems to be going on

    def _is_stuck_in(self, frame: FrameType | None) -> bool:
        """Tell whether code of asyncio's or aiounit's has been in the way for long."""
        place = None if frame is None else (frame, frame.f_lasti)
        self._stays = self._stays + 1 if place == self._place else 0
        self._moves += 1
        self._place = place
        return self._stays >= STAYS or self._moves >= MOVES
