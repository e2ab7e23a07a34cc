"""What the tests of mocks share: a loop whose time jumps to run a coroutine on, and coroutines that nobody runs."""

import asyncio
import warnings
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.assertions.virtual import VirtualLoop

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own, whose clock begins at 1000."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


def drop(coroutine: Any) -> None:
    """Leave a coroutine without an await, and without Python's own warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        del coroutine  # the caller has no reference to it either
