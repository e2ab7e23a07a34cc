"""Makes unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.case import AsyncTestCase
from aiounit.checks.api import Check, Subject
from aiounit.checks.decorators import allow, check
from aiounit.checks.findings import Finding
from aiounit.checks.registry import register
from aiounit.exceptions import (
    AiounitError,
    AllowanceWarning,
    CheckError,
    CloseError,
    DeclarationError,
    LeakError,
    LeakWarning,
    LoopError,
    NotAwaitedError,
    ResourceError,
    RunnerWarning,
    ScopeError,
    SettingsError,
    TimeoutFailure,
)
from aiounit.levels import Level
from aiounit.limits.timeouts import async_timeout
from aiounit.mocks import MockToolkit
from aiounit.resources.declaration import Factory, Resource, depends, factory, resource

__all__ = [
    "AiounitError",
    "AllowanceWarning",
    "AsyncAssertions",
    "AsyncTestCase",
    "AwaitAssertions",
    "Check",
    "CheckError",
    "CloseError",
    "DeclarationError",
    "Factory",
    "Finding",
    "LeakError",
    "LeakWarning",
    "Level",
    "LoopError",
    "MockToolkit",
    "NotAwaitedError",
    "Resource",
    "ResourceError",
    "RunnerWarning",
    "ScopeError",
    "SettingsError",
    "Subject",
    "TimeoutFailure",
    "allow",
    "async_timeout",
    "check",
    "depends",
    "factory",
    "register",
    "resource",
]
