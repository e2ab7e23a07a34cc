"""The diagrams of docs/design.md show what there is: the layers in their order, and the steps of a test in theirs."""

import re
import unittest
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

from aiounit import AsyncTestCase, _stdlib, resource
from tests.documents import ROOT
from tests.support import run
from tests.test_architecture import ROOMS

Steps = list[tuple[str, str]]

# Paths in the tour are relative to the project, to the package or to the folder of the documents.
FOLDERS = ("", "aiounit", "aiounit/limits")
FILE = re.compile(r"`((?:\w+/)*\w+\.py)`")


def texts(diagram: str, kind: str) -> Steps:
    """Return the texts of the elements of a kind, from top to bottom, each with its class."""
    found = ET.parse(ROOT / "docs" / "diagrams" / diagram).iter("{http://www.w3.org/2000/svg}" + kind)
    return [(each.text or "", each.get("class", "")) for each in found]


class LayerTests(unittest.TestCase):
    def test_they_are_the_modules_in_their_order(self) -> None:
        self.assertEqual([name for name, _ in texts("layers.svg", "tspan")], [*reversed(ROOMS[:-1])])


def make_case(steps: Steps) -> type[AsyncTestCase]:
    """Return a class of which each step writes down whether the loop runs: then it is inside the task."""

    def note(step: str) -> None:
        steps.append((step, "inside" if _stdlib.loops.is_loop_running() else "outside"))

    async def note_inside(step: str) -> None:
        note(step)

    @resource
    async def shop() -> AsyncIterator[None]:
        note("resources start")
        yield
        note("resources are closed")

    class OrderTest(AsyncTestCase):
        shop_of_test = shop

        def setUp(self) -> None:
            note("setUp")

        async def asyncSetUp(self) -> None:
            note("asyncSetUp")

        async def test_inside(self) -> None:
            note("async def test")
            self.addAsyncCleanup(note_inside, "async cleanup")

        def test_outside(self) -> None:
            note("def test")
            self.addCleanup(note, "cleanup")

        async def asyncTearDown(self) -> None:
            note("asyncTearDown")

        def tearDown(self) -> None:
            note("tearDown")

    return OrderTest


class TourTests(unittest.TestCase):
    """docs/design.md names files that exist."""

    def test_each_file(self) -> None:
        names = FILE.findall((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
        missing = [name for name in names if not any((ROOT / folder / name).exists() for folder in FOLDERS)]
        self.assertGreater(len(names), 20)
        self.assertEqual(missing, [])


class LifeTests(unittest.TestCase):
    """Each step of a test stands in its place, on its side."""

    def check(self, test: str, others: set[str]) -> None:
        steps: Steps = []
        run(make_case(steps), name=test)
        shown = [(name, side) for name, side in texts("life.svg", "text") if side in {"inside", "outside"}]
        self.assertEqual([(name, side) for name, side in shown if name not in others], steps)

    def test_of_an_asynchronous_test(self) -> None:
        self.check("test_inside", others={"def test", "cleanup"})

    def test_of_a_synchronous_one(self) -> None:
        self.check("test_outside", others={"async def test", "async cleanup"})
