"""Assertions for asyncio code, as mixins for test cases of every kind."""

from aiounit.assertions.asynchronous import AsyncAssertions
from aiounit.assertions.awaits.awaits import AwaitAssertions
from aiounit.assertions.errors.expected import ExpectedError, ExpectedGroup
from aiounit.assertions.streams.streams import Stream

__all__ = ["AsyncAssertions", "AwaitAssertions", "ExpectedError", "ExpectedGroup", "Stream"]
