"""Makes unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.case import AsyncTestCase
from aiounit.exceptions import (
    AiounitError,
    CloseError,
    DeclarationError,
    LoopError,
    NotAwaitedError,
    ResourceError,
    ScopeError,
    SettingsError,
    TimeoutFailure,
)
from aiounit.mocks import MockToolkit
from aiounit.resources.declaration import Factory, Resource, depends, factory, resource
from aiounit.timeouts import async_timeout

__all__ = [
    "AiounitError",
    "AsyncAssertions",
    "AsyncTestCase",
    "AwaitAssertions",
    "CloseError",
    "DeclarationError",
    "Factory",
    "LoopError",
    "MockToolkit",
    "NotAwaitedError",
    "Resource",
    "ResourceError",
    "ScopeError",
    "SettingsError",
    "TimeoutFailure",
    "async_timeout",
    "depends",
    "factory",
    "resource",
]
