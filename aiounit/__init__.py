"""Makes unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

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
)
from aiounit.resources.declaration import Factory, Resource, depends, factory, resource

__all__ = [
    "AiounitError",
    "AsyncTestCase",
    "CloseError",
    "DeclarationError",
    "Factory",
    "LoopError",
    "NotAwaitedError",
    "Resource",
    "ResourceError",
    "ScopeError",
    "SettingsError",
    "depends",
    "factory",
    "resource",
]
