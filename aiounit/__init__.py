"""Makes unittest the best place in Python to test asyncio code: change one base class, keep ``python -m unittest``."""

from aiounit.case import AsyncTestCase
from aiounit.exceptions import (
    AiounitError,
    CloseError,
    DeclarationError,
    LoopError,
    NotAwaitedError,
    SettingsError,
)

__all__ = [
    "AiounitError",
    "AsyncTestCase",
    "CloseError",
    "DeclarationError",
    "LoopError",
    "NotAwaitedError",
    "SettingsError",
]
