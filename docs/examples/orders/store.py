"""Orders in SQLite, embedded through aiosqlite: no server to install, and a new database in memory for each test.

All tasks share one connection, and SQLite has one stack of transactions per connection. So the tasks take turns:
nobody's write ends up in a transaction that somebody else rolls back.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path

import aiosqlite

from .models import Order, Status

__all__ = ["ForbiddenStepError", "Store", "StoreError", "UnknownOrderError", "open_store"]

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY,
        customer TEXT NOT NULL,
        cents INTEGER NOT NULL CHECK (cents > 0),
        status TEXT NOT NULL DEFAULT 'pending'
    )
"""

# The one status from which each of the others can be reached.
_STATUS_BEFORE = {Status.PAID: Status.PENDING, Status.FAILED: Status.PENDING, Status.SHIPPED: Status.PAID}


class StoreError(Exception):
    """The root of what the store refuses to do."""


class UnknownOrderError(StoreError):
    """There is no order with this number."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"there is no order {order_id}")


class ForbiddenStepError(StoreError):
    """An order can't go from the status it has to the one that was asked for."""

    def __init__(self, order: Order, status: Status) -> None:
        super().__init__(f"order {order.id} is {order.status}, so it can't become {status}")


class Store:
    """The orders of one database.

    Every method that writes is a transaction, and `transaction` makes one out of several.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._outermost = asyncio.Lock()
        # What a task must hold to begin a transaction inside the one it is in. Tasks that are started in a transaction
        # inherit this variable: they take turns among themselves, while all others wait for the outermost lock.
        self._innermost = ContextVar[asyncio.Lock]("innermost")

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Keep all that is written inside if it ends well, and nothing of it if it ends with an exception.

        Transactions nest: an inner one that fails takes only its own writes back.
        """
        async with self._innermost.get(self._outermost):
            outside = self._innermost.set(asyncio.Lock())
            try:
                # Inside the try, because a task that is cancelled here has nevertheless sent the statement to SQLite.
                await self._connection.execute("SAVEPOINT step")
                yield
            except BaseException:
                await self._connection.execute("ROLLBACK TO step")
                raise
            finally:
                self._innermost.reset(outside)
                await self._connection.execute("RELEASE step")

    async def add(self, customer: str, cents: int) -> Order:
        """Create a pending order and return it with its number."""
        [order] = await self._write("INSERT INTO orders (customer, cents) VALUES (?, ?) RETURNING *", customer, cents)
        return order

    async def get(self, order_id: int) -> Order:
        """Return one order.

        Raises:
            UnknownOrderError: there is no such order.
        """
        for order in await self._read("SELECT * FROM orders WHERE id = ?", order_id):
            return order
        raise UnknownOrderError(order_id)

    async def find(self, status: Status | None = None) -> list[Order]:
        """Return all orders, or those of one status, oldest first."""
        return await self._read("SELECT * FROM orders WHERE status = coalesce(?, status) ORDER BY id", status)

    async def mark(self, order_id: int, status: Status) -> Order:
        """Take an order to its next status and return it.

        Raises:
            UnknownOrderError: there is no such order.
            ForbiddenStepError: the order's present status does not lead to this one.
        """
        for order in await self._write(
            "UPDATE orders SET status = ? WHERE id = ? AND status = ? RETURNING *",
            status,
            order_id,
            _STATUS_BEFORE.get(status),
        ):
            return order
        raise ForbiddenStepError(await self.get(order_id), status)

    async def _write(self, statement: str, *parameters: object) -> list[Order]:
        async with self.transaction():
            return await self._read(statement, *parameters)

    async def _read(self, statement: str, *parameters: object) -> list[Order]:
        rows = await self._connection.execute_fetchall(statement, parameters)
        return [Order(row[0], row[1], row[2], Status(row[3])) for row in rows]


@asynccontextmanager
async def open_store(path: str | Path = "orders.sqlite") -> AsyncGenerator[Store]:
    """Open the database in this file (":memory:" for one that nobody else sees), and create what it lacks."""
    # Without an isolation level sqlite3 begins no transactions of its own: ours are the only ones.
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await connection.execute(_SCHEMA)
        yield Store(connection)
