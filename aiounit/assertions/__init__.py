"""Assertions for asyncio code, as mixins for test cases of every kind."""

from aiounit.assertions.asynchronous import AsyncAssertions
from aiounit.assertions.awaits import AwaitAssertions
from aiounit.assertions.expected import ExpectedError, ExpectedGroup
from aiounit.assertions.streams import Stream

__all__ = ["AsyncAssertions", "AwaitAssertions", "ExpectedError", "ExpectedGroup", "Stream"]
