"""What a test has begun and must go on with: an assertion that nobody awaits has asserted nothing.

Python warns of a coroutine that was never awaited, and the test passes. What is made here fails the test instead, and
names the line that made it.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar, cast
from unittest import TestCase

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import functools, warnings

__all__ = ["Obligation", "PendingAssertion", "must_await", "must_enter"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")
Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])

_NOT_AWAITED: Final = 'was never awaited, so it has asserted nothing. Put "await" before it'


class Obligation:
    """Fails a test when it is destroyed before it is met.

    The failure comes with the cleanups of the test. If the test has ended by then, a warning is all that is left.

    Args:
        case: The test.
        what: What was begun, for the message.
        wrong: What was not done with it, and how to do it.
        depth: How many frames above the caller the line stands that has begun it.
    """

    def __init__(self, case: TestCase, what: str, wrong: str, depth: int) -> None:
        frame = _stdlib.frames.frame(depth + 1)
        self.is_met = False
        self._case = case
        self._what = what
        self._wrong = wrong
        self._code = frame.f_code
        self._line = frame.f_lineno

    def __del__(self) -> None:
        """Complain if it was not met."""
        if self.is_met:
            return
        file = self._code.co_filename
        complaint = f"{self._what} in {self._code.co_qualname} ({file}, line {self._line}) {self._wrong}"
        if _stdlib.cases.outcome_of(self._case) is not None:
            self._case.addCleanup(_fail, self._case, complaint)
        else:
            warnings.warn_explicit(complaint, RuntimeWarning, file, self._line)


def must_enter(case: TestCase, name: str, keyword: str = "with") -> Obligation:
    """Return the obligation to enter a context manager: it is made in its ``__init__``, and met when it is entered.

    Args:
        case: The test.
        name: The method of the test that makes the context manager, and is called by the user.
        keyword: What it is entered with.
    """
    wrong = f'was never entered, so it has asserted nothing. Put "{keyword}" before it'
    return Obligation(case, f"{name}()", wrong, depth=3)


def _fail(case: TestCase, complaint: str) -> None:
    raise case.failureException(complaint)


class PendingAssertion(Coroutine[Any, Any, T]):
    """A coroutine that fails its test if it is never awaited. It goes wherever a coroutine goes."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], name: str, obligation: Obligation) -> None:
        self._coroutine = coroutine
        self._obligation = obligation
        self.__name__ = self.__qualname__ = name  # as reports of tasks and our messages call it

    @override
    def __await__(self) -> Any:
        self._obligation.is_met = True
        return self._coroutine.__await__()

    @override
    def send(self, value: Any) -> Any:
        """Go on with a value: a task that the coroutine was given to calls this."""
        self._obligation.is_met = True
        return self._coroutine.send(value)

    @override
    def throw(self, *details: Any) -> Any:
        """Go on with an exception."""
        self._obligation.is_met = True
        return self._coroutine.throw(*details)

    @override
    def close(self) -> None:
        """End it: this, too, is what its user wants."""
        self._obligation.is_met = True
        self._coroutine.close()

    @property
    def cr_origin(self) -> Any:
        """Where it was made. Reports look only at what the class has."""
        return getattr(self._coroutine, "cr_origin", None)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the coroutine: asyncio's reports look at its code and its frame."""
        return getattr(self._coroutine, name)

    def __del__(self) -> None:
        """Leave the complaint to the obligation: Python's own warning would be a second one."""
        if not self._obligation.is_met:
            self._coroutine.close()


def must_await(function: Method) -> Method:
    """Make a method's coroutine fail the test if it is not awaited.

    Args:
        function: A method of a test case, or of an object that has a test case as its ``case``. It is ``async def``, or
            returns a coroutine; what it does before that is done at once.

    Returns:
        The method.
    """
    name = function.__name__

    @functools.wraps(function)
    def begin(owner: Any, /, *args: Any, **kwargs: Any) -> PendingAssertion[Any]:
        case = owner if isinstance(owner, TestCase) else owner.case
        try:
            coroutine = function(owner, *args, **kwargs)
        except (TypeError, ValueError):
            for each in (*args, *kwargs.values()):
                if isinstance(each, Coroutine):
                    each.close()  # that it was never awaited would be a second complaint
            raise
        return PendingAssertion(coroutine, name, Obligation(case, f"{name}()", _NOT_AWAITED, depth=1))

    return cast("Method", begin)
