"""Make unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.case import AsyncTestCase
from aiounit.checks.decorators import allow, check_levels
from aiounit.exceptions import (
    AiounitError,
    CheckUsageError,
    DeclarationError,
    FindingError,
    FindingsError,
    FindingWarning,
    LoopCloseError,
    LoopError,
    NotAwaitedError,
    ResourceError,
    RunnerWarning,
    ScopeError,
    SettingsError,
    TimeoutFailure,
    UnusedAllowanceWarning,
)
from aiounit.limits.timeouts import async_timeout
from aiounit.mocks import MockToolkit
from aiounit.resources.declaration import Resource, ResourceFactory, depends, resource, resource_factory

__all__ = [
    "AiounitError",
    "AsyncAssertions",
    "AsyncTestCase",
    "AwaitAssertions",
    "CheckUsageError",
    "DeclarationError",
    "FindingError",
    "FindingWarning",
    "FindingsError",
    "LoopCloseError",
    "LoopError",
    "MockToolkit",
    "NotAwaitedError",
    "Resource",
    "ResourceError",
    "ResourceFactory",
    "RunnerWarning",
    "ScopeError",
    "SettingsError",
    "TimeoutFailure",
    "UnusedAllowanceWarning",
    "allow",
    "async_timeout",
    "check_levels",
    "depends",
    "resource",
    "resource_factory",
]
