"""Fail a test that creates an assertion but never awaits or enters it, since such an assertion asserts nothing.

Python only warns about a coroutine that was never awaited, and the test passes. The objects here fail the test instead,
and name the source line that created them.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, TypeVar, cast
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import functools, warnings
from aiounit._typing import Protocol, override

__all__ = ["Assertion", "Obligation", "PendingAssertion", "must_await", "must_enter"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")

# The coroutine of an assertion. Its first two arguments are between the event loop and asyncio's futures.
Assertion = Coroutine[Any, Any, T]

Method = TypeVar("Method", bound=Callable[..., Assertion[object]])

_NOT_AWAITED: Final = 'was never awaited, so it has asserted nothing. Put "await" before it'


class _HasCase(Protocol):
    """An object that makes assertions for a test, such as a stream."""

    case: TestCase


class Obligation:
    """A duty that fails the test if its object is destroyed before the duty is met.

    The failure is raised by a cleanup of the test. After the end of the test, only a warning is possible.

    Args:
        case: The test.
        what: The call that created the obligation, for the message.
        wrong: The complaint and the remedy, for the message.
        depth: How many frames above the caller the frame of the user's call is.
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
        """Report the obligation if it was not met."""
        if self.is_met:
            return
        file = self._code.co_filename
        complaint = f"{self._what} in {self._code.co_qualname} ({file}, line {self._line}) {self._wrong}"
        if _stdlib.cases.outcome_of(self._case) is not None:
            self._case.addCleanup(_fail, self._case, complaint)
        else:
            warnings.warn_explicit(complaint, RuntimeWarning, file, self._line)


def must_enter(case: TestCase, name: str, keyword: str = "with") -> Obligation:
    """Return the obligation to enter a context manager. Call this in its ``__init__``, and meet it in ``__enter__``.

    Args:
        case: The test.
        name: The method of the test that the user calls to make the context manager.
        keyword: The keyword that enters it, for the message.
    """
    wrong = f'was never entered, so it has asserted nothing. Put "{keyword}" before it'
    return Obligation(case, f"{name}()", wrong, depth=3)


def _fail(case: TestCase, complaint: str) -> None:
    raise case.failureException(complaint)


class PendingAssertion(Assertion[T]):
    """A coroutine that fails its test if it is never awaited. It can be used wherever a coroutine can."""

    def __init__(self, coroutine: Assertion[T], name: str, obligation: Obligation) -> None:
        self._coroutine = coroutine
        self._obligation = obligation
        self.__name__ = self.__qualname__ = name  # asyncio's task reports and our messages show this name

    @override
    def __await__(self) -> Generator[object, Any, T]:
        self._obligation.is_met = True
        return self._coroutine.__await__()

    @override
    def send(self, value: object) -> object:
        """Resume the coroutine with a value, as its task does."""
        self._obligation.is_met = True
        return self._coroutine.send(value)

    @override
    def throw(self, *details: Any) -> object:
        """Resume the coroutine with an exception."""
        self._obligation.is_met = True
        return self._coroutine.throw(*details)

    @override
    def close(self) -> None:
        """Close the coroutine. This meets the obligation: the user has dealt with the coroutine."""
        self._obligation.is_met = True
        self._coroutine.close()

    @property
    def cr_origin(self) -> object:
        """Where the coroutine was created. Reports look this up on the class, so `__getattr__` is not enough."""
        return getattr(self._coroutine, "cr_origin", None)

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the coroutine: asyncio's reports read its code and its frame."""
        return getattr(self._coroutine, name)

    def __del__(self) -> None:
        """Close the coroutine silently: Python's own warning would repeat the report of the obligation."""
        if not self._obligation.is_met:
            self._coroutine.close()


def must_await(function: Method) -> Method:
    """Make a method's coroutine fail the test if it is never awaited.

    Args:
        function: A method of a test case, or of an object with a ``case``. It is ``async def``, or returns a coroutine;
            in the second case its own code runs at once, for example to check arguments.

    Returns:
        The method.
    """
    name = function.__name__

    @functools.wraps(function)
    def begin(owner: TestCase | _HasCase, /, *args: object, **kwargs: object) -> PendingAssertion[object]:
        case = owner if isinstance(owner, TestCase) else owner.case
        try:
            coroutine = function(owner, *args, **kwargs)
        except (TypeError, ValueError):
            for each in (*args, *kwargs.values()):
                if isinstance(each, Coroutine):
                    each.close()  # prevents Python's warning, which would hide the real error
            raise
        return PendingAssertion(coroutine, name, Obligation(case, f"{name}()", _NOT_AWAITED, depth=1))

    return cast("Method", begin)
