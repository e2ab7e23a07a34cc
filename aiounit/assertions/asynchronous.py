"""Define `AsyncAssertions`: in one class, the assertions for asynchronous code except those about awaits of mocks."""

from aiounit.assertions.errors.errors import ErrorAssertions
from aiounit.assertions.streams.streams import StreamAssertions
from aiounit.assertions.tasks import TaskAssertions
from aiounit.assertions.waiting.waiting import WaitingAssertions

__all__ = ["AsyncAssertions"]


class AsyncAssertions(WaitingAssertions, TaskAssertions, StreamAssertions, ErrorAssertions):
    """Assertions for any test case. `AsyncTestCase` has them already.

    Assertions that wait are coroutines: they follow the loop's clock, and fail the test if they are never awaited.

    Example:
        With the standard library's class::

            class OrderTest(AsyncAssertions, unittest.IsolatedAsyncioTestCase):
                async def test_an_order_is_paid(self):
                    order = await shop.order("tea")
                    await self.assertEventually(lambda: order.is_paid)
    """
