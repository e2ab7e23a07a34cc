"""Payment providers for the tests: fakes that behave, so that a test says what happens, not which calls are made."""

import asyncio

from orders.models import Order
from orders.worker import PaymentDeclinedError, PaymentUnavailableError


class ReliablePayments:
    """Charges every order, and remembers which."""

    def __init__(self) -> None:
        self.charged: list[int] = []

    async def charge(self, order: Order) -> None:
        self.charged.append(order.id)


class FlakyPayments(ReliablePayments):
    """Is not there for the first few charges, and works from then on."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    async def charge(self, order: Order) -> None:
        if self.failures:
            self.failures -= 1
            raise PaymentUnavailableError("the provider is down for maintenance")
        await super().charge(order)


class DecliningPayments:
    """Refuses every charge, and counts them."""

    def __init__(self) -> None:
        self.refused = 0

    async def charge(self, order: Order) -> None:
        self.refused += 1
        raise PaymentDeclinedError(f"{order.customer} has no money")


class HeldPayments(ReliablePayments):
    """Begins a charge and ends it only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def charge(self, order: Order) -> None:
        self.begun.set()
        await self.let_go.wait()
        await super().charge(order)


class MeetingPayments(ReliablePayments):
    """Ends no charge before so many are under way at the same time."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.meeting = asyncio.Barrier(parties)

    async def charge(self, order: Order) -> None:
        await self.meeting.wait()
        await super().charge(order)
