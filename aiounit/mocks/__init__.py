"""Mocks for asyncio code: `unittest.mock` plus a record of how each await ended, spies and behaviours."""

import typing

from aiounit import _later
from aiounit.mocks.toolkit import MockToolkit

if typing.TYPE_CHECKING:
    from aiounit.mocks.doubles.behaviours import (
        Behaviour,
        Hang,
        delays,
        fails,
        hangs,
        ignores_cancel,
        sequence,
    )
    from aiounit.mocks.doubles.contexts import AsyncContext, async_context
    from aiounit.mocks.doubles.gates import Gate, Limit, gate, limited
    from aiounit.mocks.doubles.push_stream import PushStream, push_stream
    from aiounit.mocks.doubles.streams import AsyncStream, async_stream
    from aiounit.mocks.patcher import Patcher
    from aiounit.mocks.recording.recorder import AwaitLog, record
    from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord
    from aiounit.mocks.spies import Spy
else:
    __getattr__, __dir__ = _later.exports(
        __name__,
        {
            "doubles.behaviours": ["Behaviour", "Hang", "delays", "fails", "hangs", "ignores_cancel", "sequence"],
            "doubles.contexts": ["AsyncContext", "async_context"],
            "doubles.gates": ["Gate", "Limit", "gate", "limited"],
            "doubles.push_stream": ["PushStream", "push_stream"],
            "doubles.streams": ["AsyncStream", "async_stream"],
            "patcher": ["Patcher"],
            "recording.recorder": ["AwaitLog", "record"],
            "recording.records": ["AwaitRecord", "AwaitState", "CallRecord"],
            "spies": ["Spy"],
        },
    )

__all__ = [
    "AsyncContext",
    "AsyncStream",
    "AwaitLog",
    "AwaitRecord",
    "AwaitState",
    "Behaviour",
    "CallRecord",
    "Gate",
    "Hang",
    "Limit",
    "MockToolkit",
    "Patcher",
    "PushStream",
    "Spy",
    "async_context",
    "async_stream",
    "delays",
    "fails",
    "gate",
    "hangs",
    "ignores_cancel",
    "limited",
    "push_stream",
    "record",
    "sequence",
]
