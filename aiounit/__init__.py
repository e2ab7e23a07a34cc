"""Makes unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

from aiounit.allowances import allow, check
from aiounit.case import AsyncTestCase
from aiounit.checks.check import Check, Subject
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
    ScopeError,
    SettingsError,
)
from aiounit.findings import Finding
from aiounit.levels import Level
from aiounit.resources.declaration import Factory, Resource, depends, factory, resource

__all__ = [
    "AiounitError",
    "AllowanceWarning",
    "AsyncTestCase",
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
    "NotAwaitedError",
    "Resource",
    "ResourceError",
    "ScopeError",
    "SettingsError",
    "Subject",
    "allow",
    "check",
    "depends",
    "factory",
    "register",
    "resource",
]
