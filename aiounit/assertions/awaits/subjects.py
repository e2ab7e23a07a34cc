"""The mocks that an assertion speaks of, as it sees them: what was awaited, in order, with which arguments.

Whatever is no mock, or can't be awaited, is refused here.
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

__all__ = ["Seen", "Subject", "check_order", "in_order", "require_records", "subject_of", "subjects_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A mock, or a method of one object where the mock is the method of its class.

    Attributes:
        log: The log of the mock.
        name: What it is called in messages.
        bound: The object whose method it is, as a tuple of one, or nothing. Only calls with that object count.
        hides_calls: Whether calls are not known before they are awaited.
    """

    log: AwaitLog
    name: str
    bound: tuple[object, ...] = ()
    hides_calls: bool = False

    @property
    def awaits(self) -> "list[Seen]":
        """Its awaits, in the order in which they began."""
        return [Seen(self, each) for each in self.log.awaits if self.is_about(each)]

    @property
    def unawaited(self) -> list[CallRecord]:
        """Its calls that were never awaited, as far as their arguments are known."""
        return [call for call in self.log.unawaited if self.is_about(call)]

    @property
    def closed(self) -> list[CallRecord]:
        """Its calls that were closed, or cancelled, before any await began."""
        return [call for call in self.log.calls if call.is_closed and self.is_about(call)]

    @property
    def signature(self) -> inspect.Signature | None:
        """The signature that its arguments are bound to, or None."""
        signature = _stdlib.mocks.signature_of_mock(self.log.mock)
        if signature is None or not self.bound:
            return signature
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    def arguments(self, of: AwaitRecord | CallRecord) -> Arguments:
        """Return the arguments of a call, without the object whose method it is."""
        return Arguments(of.args[len(self.bound) :], of.kwargs, of.snapshot.originals)

    def changes(self, of: AwaitRecord | CallRecord) -> dict[str, str]:
        """Return what has become of the arguments since the call, by their names."""
        hidden = len(self.bound)
        shifted = {
            key - hidden if isinstance(key, int) else key: words
            for key, words in of.snapshot.changes.items()
            if isinstance(key, str) or key >= hidden
        }
        return changed(shifted, self.signature)

    def text(self, of: AwaitRecord | CallRecord) -> str:
        """Return a call as it would be written."""
        return self.arguments(of).text(self.name)

    def is_about(self, each: AwaitRecord | CallRecord) -> bool:
        """Tell whether a call of the mock counts: one of the object whose method it is."""
        return all(own is given for own, given in zip(self.bound, each.args, strict=False))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An await, and whose it is."""

    subject: Subject
    record: AwaitRecord

    @property
    def arguments(self) -> Arguments:
        """Its arguments."""
        return self.subject.arguments(self.record)

    @property
    def changes(self) -> dict[str, str]:
        """What has become of its arguments since the call, by their names."""
        return self.subject.changes(self.record)

    @property
    def text(self) -> str:
        """The call as it would be written."""
        return self.subject.text(self.record)


def subject_of(thing: object, assertion: str) -> Subject:
    """Return what an assertion is about, and have it recorded from now on if it is not.

    Args:
        thing: A mock, a function that ``autospec`` has made, or a method of an object whose class has such a function.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: It is nothing of the kind, or a mock whose calls aren't awaited.
    """
    mock = mock_of(thing)
    if mock is None:
        complaint = f"{assertion}() takes a mock, not {brief(thing)}. {_remedy(thing)}"
        if isinstance(thing, Coroutine):
            thing.close()  # that it was never awaited would be a second complaint
        raise TypeError(complaint)
    if not _stdlib.mocks.is_async_mock(mock):
        raise TypeError(
            f"{assertion}() takes a mock whose calls are awaited, and those of {brief(thing)} are not. "
            f"Make it an AsyncMock, or give it a spec where it is async def"
        )
    log = record(mock)
    if not isinstance(thing, FunctionType | MethodType) or thing is mock:
        return Subject(log, log.name)
    name = log.name if log.name != "mock" else thing.__name__
    bound = (thing.__self__,) if isinstance(thing, MethodType) else ()
    return Subject(log, name, bound, hides_calls=inspect.iscoroutinefunction(thing))


def check_order(thing: object, other: object, assertion: str, what: str) -> None:
    """Refuse a mock that is given where another argument belongs, and the other in its place.

    Args:
        thing: What is given where the mock belongs.
        other: What is given in the place of the other argument.
        assertion: The name of the assertion, for the message.
        what: What the other argument is.

    Raises:
        TypeError: They are swapped.
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


def subjects_of(things: Iterable[object], assertion: str) -> list[Subject]:
    """Return what an assertion about several mocks is about, each once.

    Args:
        things: The mocks.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: There are none, or one of them is no mock whose calls are awaited.
    """
    subjects: list[Subject] = []
    for thing in things:
        subject = subject_of(thing, assertion)
        if not any(subject.log is each.log and subject.bound == each.bound for each in subjects):
            subjects.append(subject)
    if not subjects:
        raise TypeError(f"{assertion}() needs at least one mock")
    return subjects


def in_order(subjects: list[Subject]) -> list[Seen]:
    """Return the awaits of several mocks in the order in which they began; those of unknown order come first."""
    seen: dict[int, Seen] = {id(each.record): each for subject in reversed(subjects) for each in subject.awaits}
    return sorted(seen.values(), key=lambda each: each.record.number or 0)


def require_records(subjects: list[Subject], assertion: str) -> None:
    """Refuse to speak of more than arguments where a mock was awaited before it was recorded.

    Args:
        subjects: The mocks.
        assertion: The name of the assertion, for the message.

    Raises:
        ValueError: One of them was.
    """
    for subject in subjects:
        count = sum(each.record.state is AwaitState.UNKNOWN for each in subject.awaits)
        if count:
            raise ValueError(
                f"{assertion}() can't know what became of {count} of the awaits of {subject.name}: they began before "
                f"it was recorded. Call aiounit.mocks.record() with the mock before it is used"
            )
