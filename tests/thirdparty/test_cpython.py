"""CPython's own tests of `IsolatedAsyncioTestCase`, and all its tests of asyncio and mocks that are written with it."""

import importlib.util
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.thirdparty.comparison import ExpectedDifference, Suite, assert_same

# Packages of tests that CPython installs, unless a distribution leaves them out. 3.11 has unittest's in unittest.
PACKAGES: Final = ("test.test_asyncio", "test.test_unittest", "unittest.test")

# How many tests there are at least: those of 3.11, which has the fewest.
ASYNC_CASE: Final = 13
ALL: Final = 290


def debug_goes_on(test: str, events: str) -> ExpectedDifference:
    return ExpectedDifference(
        f"*.test_async_case.TestAsyncCase.{test}",
        stdlib="startTest, addSuccess, stopTest",
        ours="startTest, addFailure AssertionError, stopTest",
        message=f"Lists differ: {events}\n",
        reason="debug() tears down and runs the cleanups after an exception, so that a debugger leaves nothing open",
    )


EXPECTED_DIFFERENCES: Final = (
    debug_goes_on("test_exception_in_setup", "['asyncSetUp', 'cleanup'] != ['asyncSetUp']"),
    debug_goes_on(
        "test_exception_in_test", "['asyncSetUp', 'test', 'asyncTearDown', 'cleanup'] != ['asyncSetUp', 'test']"
    ),
    debug_goes_on(
        "test_exception_in_tear_down",
        "['asyncSetUp', 'test', 'asyncTearDown', 'cleanup'] != ['asyncSetUp', 'test', 'asyncTearDown']",
    ),
    debug_goes_on(
        "test_exception_in_tear_clean_up",
        "['asyncSetUp', 'test', 'asyncTearDown', 'cleanup2', 'cleanup1']"
        " != ['asyncSetUp', 'test', 'asyncTearDown', 'cleanup2']",
    ),
    debug_goes_on(
        "test_debug_cleanup_same_loop", "['asyncSetUp', 'test', 'asyncTearDown', 'cleanup'] != ['asyncSetUp', 'test']"
    ),
    ExpectedDifference(
        "*.test_async_case.TestAsyncCase.test_deprecation_of_return_val_from_test",
        stdlib="startTest, addSuccess, stopTest",
        ours="startTest, addError aiounit.exceptions.DeclarationError, stopTest",
        message="test2 is an asynchronous generator",
        reason="a test with a yield never runs; stdlib only warns of it, and the warning is easily missed",
    ),
    ExpectedDifference(
        "test.test_asyncio.test_graph.TestCallStackC.test_stack_*",
        stdlib="startTest, addSuccess, stopTest",
        ours="startTest, addFailure AssertionError, stopTest",
        message="T<test.test_as",
        reason="the task of a test has a name",
        since=(3, 14),
    ),
    ExpectedDifference(
        "test.test_asyncio.test_graph.TestCallStackPy.test_*",
        stdlib="startTest, addSuccess, stopTest",
        ours="startTest, addFailure AssertionError, stopTest",
        message="",
        reason="its setUp puts other functions in asyncio, and the task of the test is made with what was there before",
        since=(3, 14),
    ),
    ExpectedDifference(
        "test.test_asyncio.test_graph.TestCallStackPy.test_*",
        stdlib="startTest, addSuccess, stopTest",
        ours="startTest, addError *, stopTest",
        message="",
        reason="its setUp puts other functions in asyncio, and the task of the test is made with what was there before",
        since=(3, 14),
    ),
)


class CPythonTest(unittest.TestCase):
    def test_tests_of_isolated_asyncio_test_case_have_the_same_outcomes(self) -> None:
        names = [name for name in modules() if name.endswith("test_async_case")]
        expected = [entry for entry in EXPECTED_DIFFERENCES if ".test_async_case." in entry.test]
        self.compare(names, expected, ASYNC_CASE)

    def test_all_other_users_of_isolated_asyncio_test_case_have_the_same_outcomes(self) -> None:
        names = [name for name in modules() if not name.endswith("test_async_case")]
        expected = [entry for entry in EXPECTED_DIFFERENCES if ".test_async_case." not in entry.test]
        self.compare(names, expected, ALL)

    def compare(self, names: list[str], expected: list[ExpectedDifference], at_least: int) -> None:
        if not names:
            self.skipTest("this Python was installed without CPython's own tests")
        assert_same(self, Suite(tuple(names)), expected, at_least=at_least)


def modules() -> Iterator[str]:
    """Yield the names of the modules of CPython's tests that use `IsolatedAsyncioTestCase`."""
    for package in PACKAGES:
        for directory in directories(package):
            for file in sorted(directory.rglob("test*.py")):
                if "IsolatedAsyncioTestCase" in file.read_text(encoding="utf-8"):
                    yield ".".join((package, *file.relative_to(directory).with_suffix("").parts))


def directories(package: str) -> list[Path]:
    """Return where a package is, without importing it; nowhere, if it isn't installed."""
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # of the package that it would be in
        return []
    if spec is None or spec.submodule_search_locations is None:
        return []
    return [Path(location) for location in spec.submodule_search_locations]
