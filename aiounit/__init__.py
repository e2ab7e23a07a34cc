"""Make unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

# Python 3.15 imports these when one of their names is first looked up.
__lazy_modules__ = [
    "aiounit.assertions",
    "aiounit.case",
    "aiounit.exceptions",
    "aiounit.mocks",
    "aiounit.resources.declaration",
    "typing",
]

import typing

from aiounit import _later
from aiounit.assertions import AsyncAssertions, AwaitAssertions
from aiounit.case import AsyncTestCase
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
from aiounit.mocks import MockToolkit
from aiounit.resources.declaration import Resource, ResourceFactory, depends, resource, resource_factory

if typing.TYPE_CHECKING:
    from aiounit.checks.decorators import allow, check_levels
    from aiounit.limits.timeouts import async_timeout
else:
    __getattr__, __dir__ = _later.exports(
        __name__,
        {
            "checks.decorators": ["allow", "check_levels"],
            "limits.timeouts": ["async_timeout"],
        },
    )

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
