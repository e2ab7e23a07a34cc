"""Define `AwaitAssertions`: the arguments, number, order, ends and overlaps of the awaits of mocks.

An await counts from its start, as in unittest.mock; separate assertions check how it ended. An assertion that could
pass only by mistake raises an error: an object that is not a mock or can't be awaited, an empty list of awaits.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit._real import asyncio, contextlib
from aiounit.arguments import check_count, check_seconds
from aiounit.assertions.awaits.concurrency import ConcurrencyAssertions
from aiounit.assertions.awaits.endings import EndingAssertions
from aiounit.assertions.obligations import Assertion, must_await

if TYPE_CHECKING:
    from aiounit.assertions import messages
    from aiounit.assertions.awaits import awaited_mocks, calls as expected_calls, histories, sequences
    from aiounit.assertions.awaits.awaited_mocks import AwaitedMock
    from aiounit.assertions.awaits.calls import Expectation
    from aiounit.assertions.waiting import deadlines
    from aiounit.mocks.recording import recorder
    from aiounit.mocks.recording.records import AwaitRecord
else:
    awaited_mocks = Later("aiounit.assertions.awaits.awaited_mocks", globals())
    expected_calls = Later("aiounit.assertions.awaits.calls", globals())
    histories = Later("aiounit.assertions.awaits.histories", globals())
    sequences = Later("aiounit.assertions.awaits.sequences", globals())
    messages = Later("aiounit.assertions.messages", globals())
    deadlines = Later("aiounit.assertions.waiting.deadlines", globals())
    recorder = Later("aiounit.mocks.recording.recorder", globals())

__all__ = ["AwaitAssertions"]

__unittest = True  # results leave out the frames of this module


class AwaitAssertions(EndingAssertions, ConcurrencyAssertions):
    """Assertions about the awaits of mocks, for any test case.

    They take every kind of mock: those of aiounit, ``AsyncMock``, asynchronous methods of mocks with a class as spec,
    and functions and methods made by ``autospec``. A mock is recorded from the moment it is first passed to an
    assertion or to `aiounit.mocks.record`. Of earlier awaits, only the arguments are known.

    Example:
        With the standard library's class::

            class OrderTest(AwaitAssertions, IsolatedAsyncioTestCase):
                async def test_an_order_is_sent(self) -> None:
                    send = AsyncMock()
                    await deliver("tea", send)
                    self.assertAwaitedOnceWith(send, "tea")
    """

    def assertAwaited(self, mock: object, msg: object = None) -> None:
        """Fail unless a mock was awaited.

        Args:
            mock: The mock.
            msg: Added to the failure message.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.
        """
        awaited = awaited_mocks.find_mock(mock, "assertAwaited")
        if not awaited.awaits:
            raise _failure(self, msg, f"Expected {awaited.name} to have been awaited.", [awaited])

    def assertAwaitedOnce(self, mock: object, msg: object = None) -> "AwaitRecord":
        """Fail unless a mock was awaited exactly once.

        Args:
            mock: The mock.
            msg: Added to the failure message.

        Returns:
            The await.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.
        """
        awaited = awaited_mocks.find_mock(mock, "assertAwaitedOnce")
        awaits = awaited.awaits
        if len(awaits) != 1:
            raise _failure(self, msg, f"Expected {awaited.name} to have been awaited once.", [awaited])
        return awaits[0].record

    def assertAwaitedWith(self, mock: object, /, *args: object, **kwargs: object) -> "AwaitRecord":
        """Fail unless the last await of a mock had these arguments.

        Args:
            mock: The mock.
            *args: The positional arguments.
            **kwargs: The keyword arguments.

        Returns:
            The await.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.
        """
        awaited = awaited_mocks.find_mock(mock, "assertAwaitedWith")
        expectation = _expectation(self, awaited, args, kwargs)
        awaits = awaited.awaits
        if not awaits or not expectation.matches(awaits[-1].arguments):
            expected = f"Expected the last await of {awaited.name} to be {expectation.arguments.text(awaited.name)}."
            raise _failure(self, None, expected, [awaited], expectation)
        return awaits[-1].record

    def assertAwaitedOnceWith(self, mock: object, /, *args: object, **kwargs: object) -> "AwaitRecord":
        """Fail unless a mock was awaited exactly once, and with these arguments.

        Args:
            mock: The mock.
            *args: The positional arguments.
            **kwargs: The keyword arguments.

        Returns:
            The await.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.

        Example:
            ``self.assertAwaitedOnceWith(client.fetch, "tea", size=2)``
        """
        awaited = awaited_mocks.find_mock(mock, "assertAwaitedOnceWith")
        expectation = _expectation(self, awaited, args, kwargs)
        awaits = awaited.awaits
        if len(awaits) != 1 or not expectation.matches(awaits[0].arguments):
            expected = f"Expected one await of {awaited.name}, {expectation.arguments.text(awaited.name)}."
            raise _failure(self, None, expected, [awaited], expectation)
        return awaits[0].record

    def assertAnyAwaitWith(self, mock: object, /, *args: object, **kwargs: object) -> "AwaitRecord":
        """Fail unless an await of a mock had these arguments.

        Args:
            mock: The mock.
            *args: The positional arguments.
            **kwargs: The keyword arguments.

        Returns:
            The first such await.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.
        """
        awaited = awaited_mocks.find_mock(mock, "assertAnyAwaitWith")
        expectation = _expectation(self, awaited, args, kwargs)
        found = [each.record for each in awaited.awaits if expectation.matches(each.arguments)]
        if not found:
            expected = f"Expected an await of {awaited.name} to be {expectation.arguments.text(awaited.name)}."
            raise _failure(self, None, expected, [awaited], expectation)
        return found[0]

    def assertNotAwaited(self, mock: object, msg: object = None) -> None:
        """Fail if a mock was awaited.

        Args:
            mock: The mock.
            msg: Added to the failure message.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited.
        """
        awaited = awaited_mocks.find_mock(mock, "assertNotAwaited")
        if awaited.awaits:
            raise _failure(self, msg, f"Expected {awaited.name} not to have been awaited.", [awaited])

    def assertAllAwaited(self, *mocks: object, msg: object = None) -> None:
        """Fail unless each of the mocks was awaited, and every call of it was awaited.

        Args:
            *mocks: One or more mocks.
            msg: Added to the failure message.

        Raises:
            TypeError: There are no mocks, or one of them is not a mock that can be awaited.
        """
        all_awaited = awaited_mocks.find_mocks(mocks, "assertAllAwaited")
        wrong = [each for each in all_awaited if not each.awaits or histories.never_awaited([each])]
        if wrong:
            expected = (
                f"Expected every call of {histories.listed([each.name for each in all_awaited])} to have been awaited."
            )
            lines = [
                line
                for each in wrong
                for line in (f"{each.name}:", *(f"  {line}" for line in histories.history([each])))
            ]
            raise _stdlib.cases.failure(self, msg, "\n".join([expected, *lines]))

    def assertHasAwaits(
        self, mock: object, calls: Sequence[object], any_order: bool = False, msg: object = None
    ) -> "list[AwaitRecord]":
        """Fail unless a mock was awaited with these arguments, one await right after the other.

        Args:
            mock: The mock.
            calls: The expected awaits, as ``[call("tea"), call("milk", size=2)]``. Others may come before and after.
            any_order: Whether the awaits may come in any order, with others between them. Each await matches one call.
            msg: Added to the failure message.

        Returns:
            The awaits, in the order of ``calls``.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited, or ``calls`` is not a list of calls.
            ValueError: ``calls`` is empty.
        """
        awaited_mocks.check_order(mock, calls, "assertHasAwaits", "the calls")
        awaited = awaited_mocks.find_mock(mock, "assertHasAwaits")
        expected = sequences.expected_awaits(awaited, calls, "assertHasAwaits", self.maxDiff)
        find = sequences.find_in_any_order if any_order else sequences.find_adjacent
        found, complaint = find(expected)
        if complaint:
            how = "in any order" if any_order else "one right after the other"
            lines = [f"Expected these awaits of {awaited.name}, {how}:", *expected.lines, *histories.history([awaited])]
            raise _stdlib.cases.failure(self, msg, "\n".join([*lines, *complaint]))
        return found

    def assertAwaitedInOrder(self, awaits: Sequence[tuple[object, object]], msg: object = None) -> "list[AwaitRecord]":
        """Fail unless awaits of one or more mocks began in this order. Other awaits may come between them.

        Args:
            awaits: Pairs of a mock and the expected call, as in the example.
            msg: Added to the failure message.

        Returns:
            The awaits, in the order of ``awaits``.

        Raises:
            TypeError: One of the mocks is not a mock that can be awaited, or ``awaits`` is not a list of pairs.
            ValueError: ``awaits`` is empty, or there are several mocks and one was awaited before it was recorded.

        Example:
            ``self.assertAwaitedInOrder([(stock.take, call("tea")), (bank.charge, call(3))])``
        """
        expected = sequences.expected_order(awaits, "assertAwaitedInOrder", self.maxDiff)
        found, complaint = sequences.find_in_order(expected)
        if complaint:
            lines = ["Expected these awaits, in this order:", *expected.lines, *histories.history(expected.all_awaited)]
            raise _stdlib.cases.failure(self, msg, "\n".join([*lines, *complaint]))
        return found

    @must_await
    def waitUntilAwaited(
        self, mock: object, count: int = 1, *, timeout: float = 1, msg: object = None
    ) -> "Assertion[AwaitRecord]":
        """Wait until a mock has been awaited a number of times. An await counts from its start.

        Args:
            mock: The mock.
            count: The number of awaits. Earlier ones count as well.
            timeout: How long to wait, in seconds of the loop's clock.
            msg: Added to the failure message.

        Returns:
            The await that completed the number.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited, ``count`` is not an integer, or ``timeout`` is not a
                number.
            ValueError: ``count`` is less than 1, or ``timeout`` is negative or not finite.

        Example:
            ``await self.waitUntilAwaited(queue.acknowledge, count=2)``
        """
        awaited_mocks.check_order(mock, count, "waitUntilAwaited", "how often")
        awaited = awaited_mocks.find_mock(mock, "waitUntilAwaited")
        check_count("count", count)
        check_seconds("timeout", timeout)

        def is_enough() -> bool:
            return len(awaited.awaits) >= count

        async def wait() -> "AwaitRecord":
            with contextlib.suppress(deadlines.LateError):
                await deadlines.run_until(
                    asyncio.get_running_loop().time() + timeout, recorder.recorder_of(awaited.log).wait_until(is_enough)
                )
            if not is_enough():
                within = f"{messages.in_tries(count)} within {messages.in_seconds(timeout)}"
                raise _failure(self, msg, f"Expected {awaited.name} to have been awaited {within}.", [awaited])
            return awaited.awaits[count - 1].record

        return wait()


def _expectation(
    case: TestCase, awaited: "AwaitedMock", args: tuple[object, ...], kwargs: dict[str, object]
) -> "Expectation":
    return expected_calls.Expectation(expected_calls.Arguments(args, kwargs), awaited.signature, case.maxDiff)


def _failure(
    case: TestCase,
    msg: object,
    expected: str,
    all_awaited: "list[AwaitedMock]",
    expectation: "Expectation | None" = None,
) -> BaseException:
    lines = [expected, *histories.history(all_awaited)]
    if expectation is not None:
        (awaited,) = all_awaited
        lines += histories.nearest(expectation, dict(enumerate(awaited.awaits, 1)), awaited.name)
    return _stdlib.cases.failure(case, msg, "\n".join(lines))
