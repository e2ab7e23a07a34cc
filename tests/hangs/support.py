"""What the cases share: base classes that note what runs, and what is expected of each case.

Notes go to standard output at once, because a process that is killed has no end. What a process has left behind is
written there when it ends.
"""

import ast
import asyncio
import atexit
import inspect
import json
import os
import signal
import sys
import textwrap
import threading
import unittest
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from aiounit import AsyncTestCase, async_timeout

# Budgets and graces of the cases are multiplied by this, with AIOUNIT_TIMEOUT_SCALE: a budget of 1 is 0.3 s.
SCALE = 0.3

# Longer than the limit of the process by far: who waits for this hangs.
AGES = 3600

SYNCHRONOUS = ("setUp", "tearDown", "cleanup", "setUp", "test 2", "tearDown", "cleanup")
ASYNCHRONOUS = (
    *("setUp", "asyncSetUp", "asyncTearDown", "tearDown", "async cleanup", "cleanup"),
    *("setUp", "asyncSetUp", "test 2", "asyncTearDown", "tearDown", "async cleanup", "cleanup"),
)
# What stands for the lines that are marked.
HANGS = "where it hangs"
FAILS = ("FAIL: test_1_hangs ({}.test_1_hangs)",)

Kind = TypeVar("Kind", bound=type[unittest.TestCase])


@dataclass(frozen=True, slots=True)
class Variant:
    """Where a case runs: in which thread, on which loop."""

    name: str
    in_thread: bool = False
    shared_loop: bool = False
    uvloop: bool = False


MAIN = Variant("main")
THREAD = Variant("thread", in_thread=True)
SHARED = Variant("shared", shared_loop=True)
UVLOOP = Variant("uvloop", uvloop=True)
EVERYWHERE = (MAIN, THREAD, SHARED)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a case.

    Attributes:
        phase: The phase whose budget runs out, in the words of the report; None if none does. Here, in ``problems`` and
            in ``says``, braces stand for the name of the class or of its module.
        blocked: Whether the report says that the loop was blocked.
        place: Where the report says that it hangs: in one of the lines that are marked, or in its own words.
        events: What is noted, in its order.
        problems: What unittest reports, by its heading, but for findings of checks.
        findings: The checks that have found something.
        variants: Where the case runs.
        then: What is run after the class, in the same process.
        threads: The names of the threads that are left: those that are abandoned.
        left: What else is left as it is here, because it is the case's own.
        says: What else the report says.
        noise: What else the interpreter says on standard error, in its own words.
        killed: Whether the process ends itself, because nothing else can end the hang.
        in_module: Whether the lines that hang stand outside the class.
        options: Options of unittest.
        environment: What else the process has in its environment.
        input: What the process reads.
        since: The version of Python that introduced what the case needs.
    """

    phase: str | None = "the test"
    blocked: bool = False
    place: str = HANGS
    events: tuple[str, ...] = ASYNCHRONOUS
    problems: tuple[str, ...] = FAILS
    findings: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = (MAIN,)
    then: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    left: Mapping[str, object] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    killed: bool = False
    in_module: bool = False
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    input: str = ""
    since: tuple[int, int] = (3, 11)


CASES: dict[type[unittest.TestCase], Expected] = {}


def expects(**fields: Any) -> Callable[[Kind], Kind]:
    """Enter a test class in the table, with what differs from `Expected`."""

    def enter(kind: Kind) -> Kind:
        CASES[kind] = Expected(**fields)
        return kind

    return enter


def note(event: str) -> None:
    """Note that something has happened, also where unittest keeps what tests print."""
    print(event, file=sys.__stdout__, flush=True)


class _Hooks(AsyncTestCase):
    """Notes the synchronous hooks and cleanups."""

    shared_loop: ClassVar[bool] = os.environ.get("HANGS_ON_SHARED_LOOP") == "1"

    @property
    def is_first(self) -> bool:
        """Whether this is the test that hangs; the hooks of the other must not."""
        return self.id().endswith("test_1_hangs")

    def setUp(self) -> None:
        note("setUp")
        self.addCleanup(note, "cleanup")

    def tearDown(self) -> None:
        note("tearDown")


class SyncCase(_Hooks):
    """A suite without anything asynchronous."""

    @async_timeout(60)
    def test_2_passes(self) -> None:
        note("test 2")
        self.assertIsNone(asyncio._get_running_loop())


class AsyncCase(_Hooks):
    """A suite with all hooks; the asynchronous ones need a loop that works."""

    async def asyncSetUp(self) -> None:
        await asyncio.sleep(0)
        note("asyncSetUp")
        self.addAsyncCleanup(self.clean_up)

    async def asyncTearDown(self) -> None:
        await asyncio.sleep(0)
        note("asyncTearDown")

    async def clean_up(self) -> None:
        await asyncio.sleep(0)
        note("async cleanup")

    @async_timeout(60)
    async def test_2_passes(self) -> None:
        await asyncio.sleep(0)
        note("test 2")
        if not self.shared_loop:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            self.assertEqual([task for task in others if not task.get_name().startswith("resource")], [])


class ScopedCase(AsyncTestCase):
    """A suite in which something around its test hangs."""

    async def test(self) -> None:
        await asyncio.sleep(0)
        note("test")


class Next(AsyncTestCase):
    """What comes next where a whole class or module can't go on."""

    async def test(self) -> None:
        await asyncio.sleep(0)
        note("next")


NEXT = (f"{Next.__module__}.{Next.__qualname__}",)


# What is in the source of a case


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a case, in the words of a report."""

    file: str
    line: int
    function: str
    source: str


def places(source: ModuleType | type, mark: str) -> list[Place]:
    """Find the lines of a class or a module that have a mark in their comment, each with the function that it is in."""
    lines, first = inspect.getsourcelines(source)
    functions = [
        node
        for node in ast.walk(ast.parse(textwrap.dedent("".join(lines))))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = []
    for number, line in enumerate(lines, 1):
        if mark in line.partition("  # ")[2]:
            around = [each for each in functions if each.lineno <= number <= (each.end_lineno or 0)]
            function = max(around, key=lambda each: each.lineno).name if around else "<module>"
            found.append(Place(Path(inspect.getfile(source)).name, max(first, 1) + number - 1, function, line.strip()))
    return found


# What a process leaves behind

KNOWN_THREADS = {"MainThread"}


def _children() -> list[str]:
    """Return the command lines of the child processes, where the system can tell."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = (directory / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except (OSError, IndexError):
            continue  # it has ended meanwhile
        if parent == str(os.getpid()):
            found.append(command)
    return found


def _monitoring() -> list[str]:
    """Return the names of the tools that sys.monitoring has, which 3.12 introduced."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None:
        return []
    return [name for number in range(6) if (name := monitoring.get_tool(number)) is not None]


def state() -> dict[str, object]:
    """Return what is there of all that a timeout may have touched."""
    found: dict[str, object] = {
        # From 3.14 on, pdb asks in each thread which it is, and that makes one up for those of aiounit.
        "threads": sorted(
            each.name for each in threading.enumerate() if not each.name.startswith((*KNOWN_THREADS, "Dummy-"))
        ),
        "traced": [str(sys.gettrace()), str(sys.getprofile()), *_monitoring()],
        "running loop": str(asyncio._get_running_loop()),
        "SIGINT": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "children": _children(),
    }
    if hasattr(signal, "SIGALRM"):
        handler = signal.getsignal(signal.SIGALRM)
        found["SIGALRM"] = getattr(handler, "__name__", str(handler))
        found["timer"] = signal.getitimer(signal.ITIMER_REAL)
    return found


def _write_state() -> None:
    print("left behind: " + json.dumps(state()), flush=True)


# Whether this is the process of a case, and not the one that compares.
IS_CHILD = "HANGS_ON_SHARED_LOOP" in os.environ

if IS_CHILD:
    atexit.register(_write_state)
