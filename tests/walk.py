"""Count the calls of the package that a test makes, for a few kinds of tests: ``python -m tests.walk``.

It counts calls rather than time, because they do not depend on the machine, so a test can set a limit to them.
``python -m tests.walk empty`` lists the calls of an empty test.
"""

import asyncio
import gc
import sys
import unittest
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import AsyncMock

import aiounit
from aiounit import AsyncTestCase, async_timeout, resource

PACKAGE = Path(aiounit.__file__).parent
RUNS = 6
HEAD = ("test", "calls", "modules", "crossings", "depth")


@dataclass(slots=True)
class Walk:
    """What the profile function has seen of a package.

    Args:
        directory: The folder of the package. Only frames of files inside it are counted.
    """

    directory: Path
    calls: list[tuple[int, str, str]] = field(default_factory=list)  # depth, module, function
    crossings: int = 0
    _inside: list[str] = field(default_factory=list)  # the modules of the frames that have not returned
    _modules: dict[str, str | None] = field(default_factory=dict)  # by file; None if it is not in the package

    @property
    def modules(self) -> set[str]:
        """The modules that were entered."""
        return {module for _, module, _ in self.calls}

    @property
    def depth(self) -> int:
        """The largest number of frames of the package that were nested into each other."""
        return max((depth for depth, _, _ in self.calls), default=0)

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call or a return; for ``sys.setprofile``."""
        if event not in {"call", "return"} or (module := self._module_of(frame.f_code.co_filename)) is None:
            return
        inside = self._inside
        if event == "call":
            if inside and inside[-1] != module:
                self.crossings += 1
            inside.append(module)
            self.calls.append((len(inside), module, frame.f_code.co_qualname))
        elif inside:  # else it was entered before the walk
            inside.pop()
            if inside and inside[-1] != module:
                self.crossings += 1

    def tree(self) -> str:
        """List the calls in their order, indented by their depth."""
        return "\n".join(f"{'  ' * (depth - 1)}{module}.{function}" for depth, module, function in self.calls)

    def row(self) -> tuple[int, int, int, int]:
        """Return the numbers of calls, modules and crossings, and the depth."""
        return len(self.calls), len(self.modules), self.crossings, self.depth

    def _module_of(self, file: str) -> str | None:
        if file not in self._modules:
            path = Path(file)
            inside = path.is_relative_to(self.directory)
            parts = path.relative_to(self.directory).with_suffix("").parts if inside else ()
            self._modules[file] = ".".join(parts) if inside else None
        return self._modules[file]


def follow(function: Callable[[], object], directory: Path = PACKAGE) -> Walk:
    """Call a function and count what it calls in a package, in this thread."""
    walk = Walk(directory)
    before = sys.getprofile()
    sys.setprofile(walk.profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return walk


class Client:
    """What the mock stands for."""

    async def send(self, item: str) -> None:
        """Send an item."""


@resource
async def item() -> str:
    """Return an item."""
    return "tea"


class Empty(AsyncTestCase):
    """An empty test."""

    async def test(self) -> None:
        """Do nothing."""


class Hooks(Empty):
    """An empty test between hooks."""

    def setUp(self) -> None:
        """Do nothing."""

    async def asyncSetUp(self) -> None:
        """Do nothing."""

    def tearDown(self) -> None:
        """Do nothing."""


class Failing(AsyncTestCase):
    """A test that fails."""

    async def test(self) -> None:
        """Fail."""
        self.fail("no")


class OneResource(Empty):
    """An empty test that has a resource."""

    item = item


class Hanging(AsyncTestCase):
    """A test that exceeds its limit."""

    @async_timeout(0.05)
    async def test(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


class Leaking(AsyncTestCase):
    """A test that leaves a task behind."""

    async def test(self) -> None:
        """Start a task."""
        asyncio.create_task(asyncio.Event().wait(), name="poller")  # noqa: RUF006 (that it is left is the point)


class Mocking(AsyncTestCase):
    """A test with a mock."""

    async def test(self) -> None:
        """Call a mock, and assert that."""
        client: Any = self.mock(Client)
        assert isinstance(client.send, AsyncMock)
        await client.send("tea")
        self.assertAwaitedWith(client.send, "tea")


# A title, the class, and how many tests of it fail.
SCENARIOS: list[tuple[str, type[AsyncTestCase], int]] = [
    ("an empty test", Empty, 0),
    ("`setUp`, `asyncSetUp`, the test, `tearDown`", Hooks, 0),
    ("a test that fails", Failing, 1),
    ("one resource", OneResource, 0),
    ("a test that exceeds its limit", Hanging, 1),
    ("one leaked task", Leaking, 1),
    ("one call of a mock, one assertion", Mocking, 0),
]


def walk(kind: type[AsyncTestCase]) -> tuple[Walk, unittest.TestResult]:
    """Run a test of a class several times, and follow all runs except the first, which does what is done only once.

    Args:
        kind: The class. Its test is named ``test``.

    Returns:
        The shortest walk, and the result of all runs. A few calls depend on the time: a loop waits for the thread of
        the check ``blocking`` if that is due.
    """
    result = unittest.TestResult()
    unittest.TestSuite([kind("test")]).run(result)
    walks = [_follow_suite(unittest.TestSuite([kind("test")]), result) for _ in range(RUNS - 1)]
    return min(walks, key=Walk.row), result


def _follow_suite(suite: unittest.TestSuite, result: unittest.TestResult) -> Walk:
    gc.collect()
    gc.disable()  # it calls destructors, of which some are the package's, at any time
    try:
        return follow(lambda: suite.run(result))
    finally:
        gc.enable()


def main() -> None:
    """Print a table for Markdown; with the argument ``empty``, the calls of an empty test."""
    if sys.argv[1:] == ["empty"]:
        print(walk(Empty)[0].tree())
        return
    print(f"| {' | '.join(HEAD)} |\n| --- |{' ---: |' * (len(HEAD) - 1)}")
    for title, kind, _ in SCENARIOS:
        print(f"| {title} | {' | '.join(map(str, walk(kind)[0].row()))} |")


if __name__ == "__main__":
    main()
