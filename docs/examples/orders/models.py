"""What every part of the service speaks about: an order, and the states it goes through."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

__all__ = ["Order", "Status"]


class Status(StrEnum):
    """How far an order has come: it starts as pending, and ends as shipped or as failed."""

    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Order:
    """What one customer owes, as it was when it was read."""

    id: int
    customer: str
    cents: int
    status: Status = Status.PENDING

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        return cls(fields["id"], fields["customer"], fields["cents"], Status(fields["status"]))
