"""The fast part of the tests: what is left out exists, and a failure is told from a success."""

import contextlib
import io
import re
import unittest
from unittest import mock

from . import fast
from .fast import SLOW, is_slow, main, modules, start_share


class SelectionTests(unittest.TestCase):
    """Which tests are fast."""

    def test_what_is_slow_exists_and_has_tests(self) -> None:
        for name in SLOW:
            with self.subTest(name):
                folder = fast.ROOT.joinpath(*name.split("."))
                if folder.is_dir():
                    self.assertTrue(list(folder.rglob("test_*.py")))
                    continue
                module, _, kind = (name, "", "") if folder.with_suffix(".py").is_file() else name.rpartition(".")
                source = fast.ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
                self.assertRegex(source, rf"(?m)^class {kind or '.*'}\(")

    def test_a_module_without_an_entry_is_fast(self) -> None:
        self.assertIn(__name__, modules())
        self.assertNotIn("tests.test_hangs", modules())
        self.assertFalse([name for name in modules() if name.startswith("tests.thirdparty.")])

    def test_what_is_in_something_slow_is_slow(self) -> None:
        self.assertTrue(is_slow("tests.thirdparty.test_anyio"))
        self.assertTrue(is_slow("tests.test_case.CommandTest.test"))
        self.assertFalse(is_slow("tests.test_case"))
        self.assertFalse(is_slow("tests.test_case.CommandTestOfOthers"))

    def test_slow_classes_are_left_out_of_a_module(self) -> None:
        found = list(fast.fast(unittest.defaultTestLoader.loadTestsFromNames([__name__])))
        self.assertIn(self.id(), [test.id() for test in found])
        with mock.patch.dict(SLOW, {f"{__name__}.SelectionTests": "for this test"}):
            left = list(fast.fast(unittest.defaultTestLoader.loadTestsFromNames([__name__])))
        self.assertEqual({type(test) for test in found} - {type(test) for test in left}, {SelectionTests})


class RunTests(unittest.TestCase):
    """The command."""

    def run_main(self, *names: str) -> tuple[int, str]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), mock.patch.object(fast, "modules", return_value=names):
            return main([]), output.getvalue()

    def test_shares_are_summed_up(self) -> None:
        status, output = self.run_main("tests.test_levels", "tests.test_arguments")
        self.assertEqual(status, 0, output)
        ran = sum(int(number) for number in re.findall(r"Ran (\d+) tests", output))
        self.assertRegex(output, rf"\n{ran} fast tests in \d+ s: OK\n$")

    def test_one_share_that_fails_fails_all(self) -> None:
        status, output = self.run_main("tests.test_levels", "tests.there_is_no_such_module")
        self.assertEqual(status, 1)
        self.assertIn("No module named 'tests.there_is_no_such_module'", output)
        self.assertRegex(output, r": FAILED\n$")

    def test_a_share_ends_with_a_status(self) -> None:
        self.assertEqual(start_share(["tests.test_levels"])[0], 0)
