"""What other services use to talk to the API: typed methods, and errors that say what a caller can do about them."""

from types import TracebackType
from typing import Any, Self

import httpx

from .models import Order, Status

__all__ = ["NotFoundError", "OrderClient", "RefusedError", "ServiceError", "UnavailableError"]


class ServiceError(Exception):
    """The root of all that can go wrong between a caller and the order service."""


class NotFoundError(ServiceError):
    """The order does not exist."""


class RefusedError(ServiceError):
    """The service understood the request and refuses it: asking again will not help.

    Attributes:
        fields: what is wrong with each field, by its name.
    """

    def __init__(self, message: str, fields: dict[str, str]) -> None:
        super().__init__(message)
        self.fields = fields


class UnavailableError(ServiceError):
    """The service can't be reached or is too busy: asking again later may help."""


class OrderClient:
    """A client of the order service, to be used in an ``async with``.

    Args:
        service: the service's base URL; or an `httpx.AsyncClient` with one, which its owner closes.
    """

    def __init__(self, service: str | httpx.AsyncClient) -> None:
        self._owned = isinstance(service, str)
        # The service is a neighbour: environment variables for the way to the internet are not meant for it.
        self._http = httpx.AsyncClient(base_url=service, trust_env=False) if isinstance(service, str) else service

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._owned:
            await self._http.aclose()

    async def create(self, customer: str, cents: int) -> Order:
        """Create an order.

        Raises:
            RefusedError: a value is not acceptable.
            UnavailableError: the service can't take any order now.
        """
        return Order.from_json(await self._request("POST", "/orders", json={"customer": customer, "cents": cents}))

    async def get(self, order_id: int) -> Order:
        """Return one order.

        Raises:
            NotFoundError: there is no such order.
            UnavailableError: the service can't be asked now.
        """
        return Order.from_json(await self._request("GET", f"/orders/{order_id}"))

    async def find(self, status: Status | None = None) -> list[Order]:
        """Return all orders, or those of one status, oldest first.

        Raises:
            UnavailableError: the service can't be asked now.
        """
        answer = await self._request("GET", "/orders", params={"status": status} if status else None)
        return [Order.from_json(fields) for fields in answer["orders"]]

    async def _request(
        self, method: str, path: str, *, json: dict[str, Any] | None = None, params: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, json=json, params=params)
        except httpx.TransportError as error:
            raise UnavailableError(f"{method} {path}: {error!r}") from error
        if response.status_code >= 500:
            raise UnavailableError(f"{method} {path}: the service answered {response.status_code}")
        answer: dict[str, Any] = response.json()
        if response.status_code == 404:
            raise NotFoundError(answer["error"])
        if response.is_error:
            raise RefusedError(answer["error"], answer["fields"])
        return answer
