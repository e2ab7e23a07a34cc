"""Other runners of unittest's tests: an error that comes at the end of the run fails them all."""

import importlib.util
import subprocess
import textwrap
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Final

from tests.documents import run_python

# How each runs the modules of its folder, by the module that has to be there. One that has no word for an error at the
# end of the run leaves it to the exit status of the process.
COMMANDS: Final = {
    "unittest": ["unittest", "test_one", "test_two"],
    "nose2": ["nose2", "test_one", "test_two"],
    "green": ["green", "--processes", "1", "test_one", "test_two"],
    "testtools": ["testtools.run", "test_one", "test_two"],
    "stestr": ["stestr", "--test-path", ".", "run"],
    "django": ["django", "test", "--parallel", "2", "test_one", "test_two"],
    "zope.testrunner": ["zope.testrunner", "--path", ".", "--tests-pattern", "^test_"],
    "twisted": ["twisted.trial", "test_one", "test_two"],
}
FAILED: Final = dict.fromkeys(COMMANDS, 1) | {"zope.testrunner": 120, "twisted": 120}

SETTINGS: Final = "SECRET_KEY = 'secret'\nINSTALLED_APPS = []\nDATABASES = {}\n"
PASSES: Final = """
    from aiounit import AsyncTestCase

    class PassingTest(AsyncTestCase):
        async def test_pass(self): ...
"""
FAILS: Final = """
    from aiounit import AsyncTestCase

    class FailingTest(AsyncTestCase):
        async def test_failure(self):
            self.fail("no")
"""
BREAKS: Final = """
    from aiounit import AsyncTestCase, resource

    @resource(scope="run")
    async def broken():
        yield
        raise ValueError("it can't be closed")

    class BrokenTest(AsyncTestCase):
        broken = broken

        async def test_nothing(self): ...
"""
LEAKS: Final = """
    from aiounit import AsyncTestCase

    async def work(): ...

    class LeakingTest(AsyncTestCase):
        async def test_leak(self):
            kept = [work()]
            kept.append(kept)  # found only when garbage is collected
"""


def is_there(module: str) -> bool:
    return importlib.util.find_spec(module.partition(".")[0]) is not None and (
        "." not in module or importlib.util.find_spec(module) is not None
    )


class Runner:
    """The tests of one runner; each runs a module that passes and another one."""

    name: ClassVar[str]

    def run_with(self, suite: str) -> subprocess.CompletedProcess[str]:
        assert isinstance(self, unittest.TestCase)
        if not is_there(self.name):
            self.skipTest(f"{self.name} is not installed")
        with TemporaryDirectory() as directory:
            files = {"test_one.py": PASSES, "test_two.py": suite, "settings.py": SETTINGS}
            files[".stestr.conf"] = "[DEFAULT]\ntest_path=.\n"
            for name, text in files.items():
                Path(directory, name).write_text(textwrap.dedent(text), encoding="utf-8")
            variables = {"DJANGO_SETTINGS_MODULE": "settings"}
            return run_python("-m", *COMMANDS[self.name], cwd=Path(directory), variables=variables)

    def check(self, suite: str, status: int, *words: str) -> None:
        assert isinstance(self, unittest.TestCase)
        finished = self.run_with(suite)
        output = finished.stdout + finished.stderr
        self.assertEqual(finished.returncode, status, output)
        for word in words:
            self.assertIn(word, output)

    def test_a_suite_that_passes(self) -> None:
        self.check(PASSES.replace("PassingTest", "AnotherTest"), 0)

    def test_a_test_that_fails(self) -> None:
        self.check(FAILS, 1, "AssertionError: no")

    def test_a_resource_of_the_run_that_cannot_be_closed(self) -> None:
        self.check(BREAKS, FAILED[self.name], "ValueError: it can't be closed")

    def test_a_leak_that_is_found_late(self) -> None:
        self.check(LEAKS, FAILED[self.name], "coroutine work() was never awaited")


class UnittestTests(Runner, unittest.TestCase):
    name = "unittest"


class Nose2Tests(Runner, unittest.TestCase):
    name = "nose2"


class GreenTests(Runner, unittest.TestCase):
    name = "green"


class TesttoolsTests(Runner, unittest.TestCase):
    name = "testtools"


class StestrTests(Runner, unittest.TestCase):
    name = "stestr"


class DjangoTests(Runner, unittest.TestCase):
    name = "django"


class ZopeTests(Runner, unittest.TestCase):
    name = "zope.testrunner"


class TrialTests(Runner, unittest.TestCase):
    name = "twisted"
