"""The HTTP side: create, read and list orders. It keeps what it is given and leaves the charging to the workers."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from json import JSONDecodeError
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .models import Status
from .store import Store, UnknownOrderError

__all__ = ["create_app", "serve"]

_MOST_CENTS = 100_000_000


class _Endpoints:
    def __init__(self, store: Store, queue: asyncio.Queue[int]) -> None:
        self._store = store
        self._queue = queue

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "queued": self._queue.qsize()})

    async def create(self, request: Request) -> Response:
        try:
            fields = await request.json()
        except (JSONDecodeError, UnicodeDecodeError):
            return _problem(400, "the body is not JSON")
        if mistakes := _mistakes(fields):
            return _problem(422, "the order can't be accepted", mistakes)
        try:
            # An order that no worker will ever see must not be kept: a full queue rolls it back.
            async with self._store.transaction():
                order = await self._store.add(fields["customer"], fields["cents"])
                self._queue.put_nowait(order.id)
        except asyncio.QueueFull:
            return _problem(503, "too many orders are waiting, try again later")
        return JSONResponse(order.to_json(), status_code=201, headers={"Location": f"/orders/{order.id}"})

    async def read(self, request: Request) -> Response:
        order = await self._store.get(request.path_params["order_id"])
        return JSONResponse(order.to_json())

    async def find(self, request: Request) -> Response:
        try:
            status = Status(request.query_params["status"]) if "status" in request.query_params else None
        except ValueError:
            return _problem(422, "there is no such status", {"status": f"must be one of {', '.join(Status)}"})
        return JSONResponse({"orders": [order.to_json() for order in await self._store.find(status)]})


def create_app(store: Store, queue: asyncio.Queue[int]) -> Starlette:
    """Return the application: it keeps orders in the store, and puts the number of each new one into the queue."""
    endpoints = _Endpoints(store, queue)
    return Starlette(
        routes=[
            Route("/health", endpoints.health),
            Route("/orders", endpoints.create, methods=["POST"]),
            Route("/orders", endpoints.find, methods=["GET"]),
            Route("/orders/{order_id:int}", endpoints.read),
        ],
        exception_handlers={UnknownOrderError: _unknown_order},
    )


@asynccontextmanager
async def serve(app: ASGIApp, *, grace: int = 1) -> AsyncGenerator[str]:
    """Serve the application on a free port of this machine, and yield its base URL.

    Args:
        app: the application, which is served without its lifespan events.
        grace: the time in seconds that requests in progress get to finish, before they are cancelled.
    """
    # Startup and shutdown are all that is wanted of uvicorn: `Server.serve` would also install signal handlers and poll
    # for its end, a log_config would change everybody's logging, and ws would import any WebSocket library it finds.
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=grace)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])
            # uvicorn cancels requests that are too slow, but does not wait until they have ended.
            await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


def _mistakes(body: object) -> dict[str, str]:
    """Return what is wrong with each field of an order that somebody wants to create."""
    if not isinstance(body, dict):
        return {"body": "must be an object"}
    fields = cast("dict[str, object]", body)
    customer, cents = fields.get("customer"), fields.get("cents")
    mistakes: dict[str, str] = {}
    if not isinstance(customer, str) or not customer.strip():
        mistakes["customer"] = "must be a text that is not empty"
    if not isinstance(cents, int) or isinstance(cents, bool) or not 1 <= cents <= _MOST_CENTS:
        mistakes["cents"] = f"must be a whole number from 1 to {_MOST_CENTS}"
    return mistakes


def _problem(status_code: int, error: str, mistakes: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "fields": mistakes or {}}, status_code=status_code)


async def _unknown_order(_request: Request, error: Exception) -> Response:
    return _problem(404, str(error))
