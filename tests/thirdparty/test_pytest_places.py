"""What pytest says in short, and links to, is the line of the user's that a failure is about."""

import os
import re
import subprocess
import sys
import textwrap
import unittest
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Final

import aiounit

# Each line that a failure is about is marked with the test.
SUITE: Final = textwrap.dedent(
    """\
    import asyncio
    import functools
    import time
    import unittest

    from aiounit import AsyncTestCase, async_timeout, resource

    forever = functools.partial(asyncio.sleep, 60)

    class Limits(AsyncTestCase):
        timeout = setup_timeout = teardown_timeout = 0.2

        async def test_awaits(self):
            await forever()  # test_awaits

        async def test_swallows(self):
            try:
                await forever()  # test_swallows
            except asyncio.CancelledError:
                pass

        async def test_swallows_in_a_task(self):
            async def wait():
                await forever()  # test_swallows_in_a_task
            try:
                await asyncio.create_task(wait())
            except asyncio.CancelledError:
                pass

        async def test_blocks(self):
            time.sleep(60)  # test_blocks

        def test_synchronous(self):
            time.sleep(60)  # test_synchronous

        async def test_cleanup(self):
            self.addAsyncCleanup(self.clean)

        async def clean(self):
            try:
                await forever()  # test_cleanup
            except asyncio.CancelledError:
                pass

        async def test_stops_the_loop(self):
            asyncio.get_running_loop().stop()
            await asyncio.sleep(0)  # test_stops_the_loop

    class Hook(AsyncTestCase):
        setup_timeout = 0.2

        async def asyncSetUp(self):
            try:
                await forever()  # test_hook
            except asyncio.CancelledError:
                pass

        async def test_hook(self):
            pass

    class ClassFixture(AsyncTestCase):
        setup_timeout = 0.2

        @classmethod
        async def asyncSetUpClass(cls):
            try:
                await forever()  # test_class_fixture
            except asyncio.CancelledError:
                pass

        async def test_class_fixture(self):
            pass

    class Resources(AsyncTestCase):
        setup_timeout = 0.2

        @resource
        async def stuck():
            try:
                await forever()  # test_resource
            except asyncio.CancelledError:
                pass
            yield 1

        async def test_resource(self):
            self.stuck

    class Findings(AsyncTestCase):
        async def test_leaks(self):
            self.task = asyncio.create_task(forever())  # test_leaks

        async def test_leaks_twice(self):
            self.tasks = [asyncio.create_task(forever()) for _ in range(2)]  # test_leaks_twice

        async def test_cancels_itself(self):  # test_cancels_itself
            asyncio.current_task().cancel()
    """
)


@unittest.skipUnless(find_spec("pytest"), "pytest is not installed")
class PlaceTests(unittest.TestCase):
    """Each failure in each of pytest's short forms."""

    places: ClassVar[dict[str, dict[str, int]]]

    @classmethod
    def setUpClass(cls) -> None:
        with TemporaryDirectory() as directory:
            file = Path(directory, "test_suite.py")
            file.write_text(SUITE, "utf-8")
            cls.places = {form: cls.run_with(form, file) for form in ("line", "short")}

    @classmethod
    def run_with(cls, form: str, file: Path) -> dict[str, int]:
        """Return the last line of the suite that pytest names for each test."""
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--tb={form}", file.name],
            cwd=file.parent,
            env={**os.environ, "PYTHONPATH": str(Path(aiounit.__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1, run.stdout + run.stderr
        found: dict[str, int] = {}
        lines = SUITE.splitlines()
        for number in map(int, re.findall(r"^(?:\S*/)?test_suite\.py:(\d+): ", run.stdout, re.MULTILINE)):
            found[lines[number - 1].rpartition("# ")[2]] = number
        for other in re.findall(r"^(\S*(?:/asyncio/|/unittest/|aiounit/)\S*\.py:\d+): ", run.stdout, re.MULTILINE):
            found[other] = 0
        return found

    def marked(self) -> dict[str, int]:
        """Return the marked line for each test."""
        return {
            line.rpartition("# ")[2]: number for number, line in enumerate(SUITE.splitlines(), 1) if "  # test_" in line
        }

    def test_in_one_line(self) -> None:
        marked = self.marked()
        del marked["test_class_fixture"]  # pytest has no line for what goes wrong in a fixture
        self.assertEqual(self.places["line"], marked)

    def test_in_the_short_form(self) -> None:
        self.assertEqual(self.places["short"], self.marked())
