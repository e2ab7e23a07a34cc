"""Runs the tests of a class in this process, and returns what was reported of each."""

import unittest

from tests.thirdparty._runner import Recorder
from tests.thirdparty.comparison import Report, describe


def record(*classes: type[unittest.TestCase]) -> Report:
    """Run all tests of the classes and return their events, by the names of the methods."""
    loader = unittest.TestLoader()
    recorder = Recorder()
    unittest.TestSuite(map(loader.loadTestsFromTestCase, classes)).run(recorder)
    return {test.rpartition(".")[2]: tuple(events) for test, events in recorder.events.items()}


def outcomes(*classes: type[unittest.TestCase]) -> dict[str, str]:
    """Run all tests of the classes and return what was reported of each between its start and its stop."""
    return {
        test: describe(events).removeprefix("startTest, ").removesuffix(", stopTest")
        for test, events in record(*classes).items()
    }
