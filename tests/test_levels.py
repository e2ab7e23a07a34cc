"""How levels are written and put together."""

import unittest

from aiounit import levels
from aiounit.levels import Level


class TextTests(unittest.TestCase):
    def test_names_and_levels(self) -> None:
        self.assertEqual(levels.from_text("tasks=warn, all = off"), {"tasks": Level.WARN, "all": Level.OFF})

    def test_what_is_no_pair(self) -> None:
        for text, part in (("tasks", "tasks"), ("tasks=warn,", ""), ("=warn", "=warn")):
            with self.subTest(text), self.assertRaises(ValueError) as raised:
                levels.from_text(text)
            self.assertEqual(
                str(raised.exception),
                f"{part!r} in it is not a check and its level, as in 'tasks=warn,blocking=off'",
            )

    def test_what_is_no_level(self) -> None:
        with self.assertRaises(ValueError) as raised:
            levels.from_text("tasks=on")
        self.assertEqual(str(raised.exception), "'on' is not a level for 'tasks'; the levels are fail, warn, off")


class TableTests(unittest.TestCase):
    def test_words_and_levels(self) -> None:
        self.assertEqual(
            levels.from_table({"tasks": "fail", "errors": Level.WARN}), {"tasks": Level.FAIL, "errors": Level.WARN}
        )

    def test_what_is_no_table(self) -> None:
        for table in ("tasks=warn", {1: "warn"}):
            with self.subTest(table=table), self.assertRaises(ValueError) as raised:
                levels.from_table(table)
            self.assertEqual(
                str(raised.exception),
                "it takes a mapping of checks to levels, for example {'tasks': 'warn', 'blocking': 'off'}",
            )


class MergeTests(unittest.TestCase):
    DEFAULTS = {"tasks": Level.FAIL, "threads": Level.WARN, "timers": Level.OFF}

    def merge(self, *layers: levels.Levels) -> list[str]:
        return [level.value for level in levels.merge(self.DEFAULTS, layers).values()]

    def test_nothing_said(self) -> None:
        self.assertEqual(self.merge(), ["fail", "warn", "off"])

    def test_the_later_counts_more(self) -> None:
        self.assertEqual(self.merge({"tasks": Level.WARN}, {"tasks": Level.OFF}), ["off", "warn", "off"])

    def test_all_leaves_alone_what_is_off_by_default(self) -> None:
        self.assertEqual(self.merge({"all": Level.WARN}), ["warn", "warn", "off"])

    def test_all_counts_for_what_was_turned_on_by_its_name(self) -> None:
        self.assertEqual(self.merge({"timers": Level.FAIL}, {"all": Level.WARN}), ["warn", "warn", "warn"])

    def test_all_turns_on_again_what_all_has_turned_off(self) -> None:
        self.assertEqual(self.merge({"all": Level.OFF}, {"all": Level.FAIL}), ["fail", "fail", "off"])

    def test_a_name_counts_more_than_all_beside_it(self) -> None:
        self.assertEqual(self.merge({"tasks": Level.FAIL, "all": Level.OFF}), ["fail", "off", "off"])
