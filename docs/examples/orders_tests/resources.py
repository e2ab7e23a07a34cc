"""What the tests share, declared once. A test class names what it needs, and gets it opened before its first hook.

The scope says how long a resource lives. What depends on another is started after it and closed before it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from aiounit import depends, resource
from orders.api import create_app, serve
from orders.client import OrderClient
from orders.store import Store, open_store

__all__ = ["client", "database", "service", "store"]


class _TestIsOverError(Exception):
    """Ends the transaction around a test, and takes back what the test has written."""


@resource(scope="class")
async def database() -> AsyncGenerator[Store]:
    """Open a database in memory, once for all tests of a class: its tables are created once."""
    async with open_store(":memory:") as store:
        yield store


@resource
async def store(database: Store = depends(database)) -> AsyncGenerator[Store]:
    """Give each test the database of its class, in a transaction that is rolled back when the test is over.

    The transaction is a context variable, and a test sees the variables of its resources: its own transactions are
    inside this one.
    """
    with suppress(_TestIsOverError):
        async with database.transaction():
            yield database
            raise _TestIsOverError


@resource(scope="class")
async def service(database: Store = depends(database)) -> AsyncGenerator[str]:
    """Serve the application on a free port, and give its URL."""
    async with serve(create_app(database, asyncio.Queue[int]())) as url:
        yield url


@resource(scope="class")
async def client(url: str = depends(service)) -> AsyncGenerator[OrderClient]:
    """Open a client of the service."""
    async with OrderClient(url) as client:
        yield client
