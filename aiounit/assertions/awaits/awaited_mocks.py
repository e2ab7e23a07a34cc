"""Present the mocks that an assertion takes: their awaits, in order, with their arguments.

An object that is not a mock, or a mock that can't be awaited, is refused here.
"""

from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from types import FunctionType, MethodType

from aiounit import _stdlib
from aiounit._real import functools, inspect
from aiounit.arguments import swapped
from aiounit.assertions.awaits.calls import Arguments, changed
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.recorder import AwaitLog, mock_of, record
from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord

__all__ = ["AwaitedMock", "SeenAwait", "check_order", "find_mock", "find_mocks", "in_order", "require_records"]


@dataclass(frozen=True, slots=True, eq=False)
class AwaitedMock:
    """A mock, or a method of one object if the mock replaces the method in the object's class.

    Attributes:
        log: The log of the mock.
        name: The name of the mock in messages.
        bound: The object whose method it is, as a tuple of one, or empty. Only calls with that object count.
        hides_calls: Whether a call is unknown until it is awaited.
    """

    log: AwaitLog
    name: str
    bound: tuple[object, ...] = ()
    hides_calls: bool = False

    @property
    def awaits(self) -> "list[SeenAwait]":
        """The awaits, in the order in which they began."""
        return [SeenAwait(self, each) for each in self.log.awaits if self.is_about(each)]

    @property
    def unawaited(self) -> list[CallRecord]:
        """The calls that were never awaited, if their arguments are known."""
        return [call for call in self.log.unawaited if self.is_about(call)]

    @property
    def closed(self) -> list[CallRecord]:
        """The calls that were closed or cancelled before an await began."""
        return [call for call in self.log.calls if call.is_closed and self.is_about(call)]

    @property
    def signature(self) -> inspect.Signature | None:
        """The signature to bind arguments to, or None."""
        signature = _stdlib.mocks.signature_of_mock(self.log.mock)
        if signature is None or not self.bound:
            return signature
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    def arguments(self, of: AwaitRecord | CallRecord) -> Arguments:
        """Return the arguments of a call, without the object that the method is bound to."""
        return Arguments(of.args[len(self.bound) :], of.kwargs, of.snapshot.originals)

    def changes(self, of: AwaitRecord | CallRecord) -> dict[str, str]:
        """Return how the arguments have changed since the call, by their names."""
        hidden = len(self.bound)
        shifted = {
            key - hidden if isinstance(key, int) else key: words
            for key, words in of.snapshot.changes.items()
            if isinstance(key, str) or key >= hidden
        }
        return changed(shifted, self.signature)

    def text(self, of: AwaitRecord | CallRecord) -> str:
        """Return a call as source code."""
        return self.arguments(of).text(self.name)

    def is_about(self, each: AwaitRecord | CallRecord) -> bool:
        """Return whether a call of the mock counts: its first argument is the bound object, if there is one."""
        return all(own is given for own, given in zip(self.bound, each.args, strict=False))


@dataclass(frozen=True, slots=True, eq=False)
class SeenAwait:
    """An await and the mock that it belongs to."""

    awaited: AwaitedMock
    record: AwaitRecord

    @property
    def arguments(self) -> Arguments:
        """The arguments of the await."""
        return self.awaited.arguments(self.record)

    @property
    def changes(self) -> dict[str, str]:
        """How the arguments have changed since the call, by their names."""
        return self.awaited.changes(self.record)

    @property
    def text(self) -> str:
        """The call as source code."""
        return self.awaited.text(self.record)


def find_mock(thing: object, assertion: str) -> AwaitedMock:
    """Return the mock that the user means, and start to record it if it is not recorded yet.

    Args:
        thing: A mock, a function made by ``autospec``, or a method of an object whose class has such a function.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: ``thing`` is not one of these, or its calls are not awaitable.
    """
    mock = mock_of(thing)
    if mock is None:
        complaint = f"{assertion}() takes a mock, not {brief(thing)}. {_remedy(thing)}"
        if isinstance(thing, Coroutine):
            thing.close()  # prevents a second complaint: Python's warning
        raise TypeError(complaint)
    if not _stdlib.mocks.is_async_mock(mock):
        raise TypeError(
            f"{assertion}() takes a mock whose calls are awaited, and those of {brief(thing)} are not. "
            f"Make it an AsyncMock, or give it a spec where it is async def"
        )
    log = record(mock)
    if not isinstance(thing, FunctionType | MethodType) or thing is mock:
        return AwaitedMock(log, log.name)
    name = log.name if log.name != "mock" else thing.__name__
    bound = (thing.__self__,) if isinstance(thing, MethodType) else ()
    return AwaitedMock(log, name, bound, hides_calls=inspect.iscoroutinefunction(thing))


def check_order(thing: object, other: object, assertion: str, what: str) -> None:
    """Refuse arguments in the wrong order: the mock in the place of another argument, and the other in its place.

    Args:
        thing: The value in the place of the mock.
        other: The value in the place of the other argument.
        assertion: The name of the assertion, for the message.
        what: The name of the other argument, for the message.

    Raises:
        TypeError: The arguments are swapped.
    """
    if mock_of(thing) is None and mock_of(other) is not None:
        raise swapped(assertion, "the mock", what)


def _remedy(thing: object) -> str:
    if inspect.isawaitable(thing):
        return "It was not awaited. Give the mock itself, without calling it"
    if isinstance(thing, functools.partial):
        return f"Give the mock that it calls: {brief(thing.func)}"
    if callable(thing):
        return "Is it patched at this point?"
    return "Give the mock itself"


def find_mocks(things: Iterable[object], assertion: str) -> list[AwaitedMock]:
    """Return the mocks that the user means, without duplicates.

    Args:
        things: The mocks.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: There are no mocks, or one of them is not a mock whose calls are awaitable.
    """
    all_awaited: list[AwaitedMock] = []
    for thing in things:
        awaited = find_mock(thing, assertion)
        if not any(awaited.log is each.log and awaited.bound == each.bound for each in all_awaited):
            all_awaited.append(awaited)
    if not all_awaited:
        raise TypeError(f"{assertion}() needs at least one mock")
    return all_awaited


def in_order(all_awaited: list[AwaitedMock]) -> list[SeenAwait]:
    """Return the awaits of several mocks in the order in which they began. Those of unknown order come first."""
    seen: dict[int, SeenAwait] = {id(each.record): each for awaited in reversed(all_awaited) for each in awaited.awaits}
    return sorted(seen.values(), key=lambda each: each.record.number or 0)


def require_records(all_awaited: list[AwaitedMock], assertion: str) -> None:
    """Refuse a mock that was awaited before it was recorded: of those awaits only the arguments are known.

    Args:
        all_awaited: The mocks.
        assertion: The name of the assertion, for the message.

    Raises:
        ValueError: One of the mocks was awaited before it was recorded.
    """
    for awaited in all_awaited:
        count = sum(each.record.state is AwaitState.UNKNOWN for each in awaited.awaits)
        if count:
            raise ValueError(
                f"{assertion}() can't know how {count} of the awaits of {awaited.name} ended: they began before "
                f"it was recorded. Call aiounit.mocks.record() with the mock before it is used"
            )
