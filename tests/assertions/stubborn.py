"""Coroutines that don't end by themselves, each with its own way to take a cancellation."""

import asyncio

from .virtual import WAITING

# What messages say of `hang`.
HANGING = f"{WAITING}\n  stubborn.py, line N, in hang: await asyncio.Event().wait()"


async def hang() -> None:
    await asyncio.Event().wait()


async def refuse_to_end() -> str:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "tea"
    return "milk"


async def fail_to_end() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise ValueError("no")


async def hang_in_clean_up() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.Event().wait()
