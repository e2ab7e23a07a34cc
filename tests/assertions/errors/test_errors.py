"""The assertions about errors go with the standard library's classes."""

import asyncio
import unittest

from aiounit.assertions.errors.errors import ErrorAssertions


def throw(error: BaseException) -> None:
    raise error


class PlainTestCaseTests(unittest.TestCase):
    def assert_passes(self, case: unittest.TestCase) -> None:
        result = unittest.TestResult()
        case.run(result)
        self.assertTrue(result.wasSuccessful())

    def test_in_a_synchronous_test(self) -> None:
        class Case(ErrorAssertions, unittest.TestCase):
            def test(self) -> None:
                with self.assertRaisesGroup(KeyError):
                    raise ExceptionGroup("one", [KeyError("tea")])

        self.assert_passes(Case("test"))

    def test_in_an_asynchronous_test(self) -> None:
        class Case(ErrorAssertions, unittest.IsolatedAsyncioTestCase):
            async def test(self) -> None:
                async with self.assertLoopError(ValueError):
                    asyncio.get_running_loop().call_soon(throw, ValueError("no"))
                with self.assertNoWarnings():
                    pass

        self.assert_passes(Case("test"))
