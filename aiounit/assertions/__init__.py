"""Assertions for asyncio code, as mixins for test cases of every kind."""

import typing

from aiounit import _later
from aiounit.assertions.asynchronous import AsyncAssertions
from aiounit.assertions.awaits.awaits import AwaitAssertions

if typing.TYPE_CHECKING:
    from aiounit.assertions.errors.expected import ExpectedError, ExpectedGroup
    from aiounit.assertions.streams.streams import Stream
else:
    __getattr__, __dir__ = _later.exports(
        __name__,
        {
            "errors.expected": ["ExpectedError", "ExpectedGroup"],
            "streams.streams": ["Stream"],
        },
    )

__all__ = ["AsyncAssertions", "AwaitAssertions", "ExpectedError", "ExpectedGroup", "Stream"]
