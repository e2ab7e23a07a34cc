"""The arithmetic of the benchmark, its targets, its data file and its tables, on made-up samples."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from . import figures, rows, tables
from .data import Data, Measured, read, to_json
from .report import count_verdicts, report, verdicts
from .targets import TARGETS, Target, limit_of_test, missed, whole_test

# A machine that is ten times as slow in its last round.
SPEED = (1.0, 1.0, 10.0)


def samples(**values: float) -> dict[str, list[float]]:
    """Return the samples of rows in three rounds; a row is named like a constant of `rows`."""
    return {getattr(rows, name): [value * speed for speed in SPEED] for name, value in values.items()}


UNITTEST = samples(UNITTEST=10, STDLIB=1010, STDLIB_WITHOUT_DEBUG=160, OURS=110)
UNDER_PYTEST = samples(UNITTEST=20, OURS=200, PYTEST=400, PYTEST_ASYNCIO=1000)
MEASURED = Measured(
    "3.13.0",
    {"pytest": "9.2.0"},
    {
        "unittest": {"empty test": UNITTEST},
        "pytest": {"empty test": UNDER_PYTEST},
        "instructions": {"empty test": {rows.OURS: [700_000], rows.STDLIB: [5_600_000]}},
        "growth": {"test": {"100": [200.0], "1,000": [210.0], "10,000": [250.0]}},
        "memory": {"peak, KiB": {"1,000": [29_000], "10,000": [30_000], "20,000": [30_100]}},
        "startup": {"import": {"nothing": [20.0], "unittest, asyncio": [80.0], "unittest, asyncio, aiounit": [110.0]}},
    },
)
DATA = Data("2026-11-30", "Linux", 2, pythons=[MEASURED])


class FigureTests(unittest.TestCase):
    def test_medians(self) -> None:
        self.assertEqual(figures.value(UNITTEST, rows.OURS), 110)

    def test_costs_are_above_the_runners_own(self) -> None:
        self.assertEqual(figures.cost(UNITTEST, rows.OURS), 100)
        self.assertEqual(figures.cost(UNDER_PYTEST, rows.PYTEST_ASYNCIO), 600)

    def test_ratios_are_of_one_round(self) -> None:
        shifted = UNITTEST | {rows.STDLIB: [10_100.0, 1010, 1010]}
        self.assertAlmostEqual(figures.ratio(shifted, rows.STDLIB, rows.OURS), 1010 / 110)
        self.assertEqual(figures.ratio_of_costs(UNITTEST, rows.STDLIB, rows.OURS), 10)

    def test_no_ratio_to_less_than_nothing(self) -> None:
        self.assertEqual(
            figures.ratio_of_costs(samples(UNITTEST=9, OURS=8, STDLIB=20), rows.STDLIB, rows.OURS), float("inf")
        )

    def test_differences(self) -> None:
        self.assertEqual(figures.difference(UNITTEST, rows.OURS, rows.UNITTEST), 100)

    def test_a_row_that_was_not_measured(self) -> None:
        with self.assertRaises(KeyError):
            figures.cost(UNITTEST, rows.UVLOOP)


class TargetTests(unittest.TestCase):
    def find(self, title: str) -> Target:
        [found] = [target for target in TARGETS if target.title == title]
        return found

    def check(self, title: str, shown: str, limit: str) -> None:
        target = self.find(title)
        self.assertEqual((target.show(MEASURED), target.show_limit()), (shown, limit))

    def test_one_that_is_met(self) -> None:
        self.check("empty test: stdlib / aiounit", "10x, met", "at least 10x")

    def test_those_that_are_missed(self) -> None:
        self.check("empty test, whole: pytest-asyncio / aiounit", "5x, missed", "at least 12x")
        self.check("test: in the largest run / in the smallest", "1.25x, missed", "at most 1.2x")

    def test_one_that_was_not_measured(self) -> None:
        self.check("ten tasks: stdlib / aiounit", "-", "at least 13x")

    def test_a_limit_of_its_own_for_a_version(self) -> None:
        title = "import: aiounit above unittest and asyncio"
        self.check(title, "30 ms, missed", "at most 22 ms; 10 ms on 3.15")
        self.assertEqual([self.find(title).limit_for(version) for version in ("3.14", "3.15")], [22, 10])

    def test_memory(self) -> None:
        self.check("memory: growth in the second half of the run", "100 KiB, met", "at most 256 KiB")

    def test_the_missed_ones_are_named(self) -> None:
        self.assertEqual(
            missed(DATA),
            [
                "empty test, whole: pytest-asyncio / aiounit (3.13)",
                "import: aiounit above unittest and asyncio (3.13)",
                "test: in the largest run / in the smallest (3.13)",
            ],
        )

    def test_a_whole_test_under_pytest_is_scaled_to_the_other_rounds(self) -> None:
        self.assertEqual(whole_test(MEASURED, "empty test", rows.PYTEST_ASYNCIO), 550)

    def test_the_limit_of_a_test_is_the_least(self) -> None:
        # A twelfth of 550; a tenth of 1000 above 10 would be 110.
        self.assertEqual(limit_of_test(MEASURED, "empty test"), 550 / 12)
        self.assertIsNone(limit_of_test(MEASURED, "ten tasks"))


class DataTests(unittest.TestCase):
    def test_it_is_written_and_read(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "data.json")
            file.write_text(to_json(DATA), encoding="utf-8")
            self.assertEqual(read(file), DATA)

    def test_the_samples_of_a_row_stand_in_one_line(self) -> None:
        self.assertIn('"aiounit": [ 110.0, 110.0, 1100.0 ]', to_json(DATA))

    def test_figures_have_four_digits(self) -> None:
        data = Data(
            "", "", 1, pythons=[Measured("", {}, {"unittest": {"empty test": {"aiounit": [1.23456, 123456.0]}}})]
        )
        self.assertIn("[ 1.235, 123500.0 ]", to_json(data))


class TableTests(unittest.TestCase):
    LINES = [["microseconds", "empty test"], ["aiounit", "60"], ["stdlib", "600 (10.0x)"]]

    def test_both_layouts(self) -> None:
        self.assertEqual(
            tables.pad(self.LINES), "microseconds   empty test\naiounit                60\nstdlib        600 (10.0x)"
        )
        self.assertEqual(
            tables.markdown(self.LINES),
            "| microseconds | empty test |\n| --- | ---: |\n| aiounit | 60 |\n| stdlib | 600 (10.0x) |",
        )

    def test_costs(self) -> None:
        lines = [line[:3] for line in tables.costs(MEASURED)]
        self.assertEqual(
            lines,
            [
                ["microseconds", "empty test", "ten tasks"],
                ["aiounit", "100", "-"],
                ["stdlib", "1,000 (10.0x)", "-"],
                ["stdlib, debug off", "150 (1.5x)", "-"],
                ["pytest-asyncio", "600 (3.3x)", "-"],
            ],
        )

    def test_instructions(self) -> None:
        self.assertEqual(
            tables.instructions(MEASURED),
            [["thousand instructions", "empty test"], ["aiounit", "700"], ["stdlib", "5,600 (8.0x)"]],
        )

    def test_sizes(self) -> None:
        self.assertEqual(
            tables.sizes(DATA),
            [
                ["", "3.13"],
                ["test, \N{MICRO SIGN}s: 100 / 1,000 / 10,000", "200 / 210 / 250"],
                ["peak, KiB: 1,000 / 10,000 / 20,000", "29,000 / 30,000 / 30,100"],
            ],
        )

    def test_others(self) -> None:
        self.assertEqual(
            tables.others(DATA)[1:3], [["import, ms: nothing", "20"], ["import, ms: unittest, asyncio", "80"]]
        )

    def test_a_python_that_lacks_a_group(self) -> None:
        both = Data("", "", 1, pythons=[MEASURED, Measured("3.15.0", {})])
        self.assertEqual(tables.sizes(both)[1][2], "-")
        self.assertEqual(tables.others(both)[1][2], "-")
        self.assertEqual(tables.targets(both)[1], ["empty test: stdlib / aiounit", "at least 10x", "10x, met", "-"])

    def test_the_report(self) -> None:
        text = report(DATA, MEASURED)
        self.assertIn("CPython 3.13.0, Linux, 2 cores, 2026-11-30; pytest 9.2.0", text)
        self.assertIn("Subtracted, an empty synchronous test: 10 under plain unittest, 400 under plain pytest.", text)
        self.assertIn("Targets that are missed, of 6 that were measured:\n- empty test, whole", text)

    def test_a_quick_run_is_called_one(self) -> None:
        self.assertIn("2026-11-30, a quick run, whose", report(replace(DATA, is_quick=True), MEASURED))

    def test_how_many_are_missed(self) -> None:
        self.assertEqual(count_verdicts(DATA), "3 of 6 figures miss their target.")

    def test_nothing_is_missed(self) -> None:
        self.assertEqual(verdicts(Data("", "", 1)), "All 0 targets that were measured are met.")
