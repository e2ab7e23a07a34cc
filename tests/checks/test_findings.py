"""What is said of a finding, and the error that reports several."""

import unittest

from aiounit.checks import Finding
from aiounit.checks.findings import Reported, make_error, merge
from aiounit.introspect.places import Place

OWN = Place("no-such/own.py", 3, "Own.make", "own")
LIBRARY = Place("/lib/site-packages/pool.py", 7, "connect", "pool")


class PlaceTests(unittest.TestCase):
    def test_the_innermost_of_the_users_own(self) -> None:
        self.assertEqual(Finding("what", stack=(OWN, LIBRARY)).place, OWN)

    def test_the_innermost_if_none_is(self) -> None:
        self.assertEqual(Finding("what", stack=(LIBRARY,)).place, LIBRARY)

    def test_another_if_it_is_not_known_where_it_was_made(self) -> None:
        self.assertEqual(Finding("what", where=OWN).place, OWN)
        self.assertIsNone(Finding("what").place)


class ValueTests(unittest.TestCase):
    """A finding is compared by its fields, and shows them."""

    def test_equal_ones(self) -> None:
        one, other = Finding("what", error=ValueError()), Finding("what")
        self.assertEqual((one, hash(one)), (other, hash(other)))
        self.assertNotEqual(one, Finding("what", "remedy"))
        self.assertNotEqual(one, "what")

    def test_its_fields(self) -> None:
        self.assertEqual(
            repr(Finding("what", "remedy", name="t")),
            "Finding(what='what', remedy='remedy', name='t', stack=(), heading='made here, most recent call last:', "
            "where=None, details=(), error=None, owner='')",
        )


class TextTests(unittest.TestCase):
    def test_the_whole(self) -> None:
        finding = Finding("what", "remedy", stack=(OWN, LIBRARY), details=("more", "and more"))
        self.assertEqual(
            Reported("tasks", finding).text().splitlines(),
            [
                "what",
                "made here, most recent call last:",
                "  no-such/own.py, line 3, in Own.make",
                "  /lib/site-packages/pool.py, line 7, in connect",
                "more",
                "and more",
                "remedy",
            ],
        )

    def test_the_least(self) -> None:
        self.assertEqual(Reported("tasks", Finding("what")).text(), "what")

    def listed(self, *stack: Place) -> list[str]:
        return Reported("tasks", Finding("what", stack=stack)).text().splitlines()[2:]

    def test_each_place_once_with_its_number(self) -> None:
        self.assertEqual(self.listed(OWN, *[LIBRARY] * 1200), [f"  {OWN}", f"  {LIBRARY} (1,200 times)"])

    def test_the_middle_of_a_long_chain_is_left_out_but_for_the_users_own(self) -> None:
        calls = [LIBRARY._replace(line=line) for line in range(40)]
        lines = self.listed(*calls[:30], OWN, *calls[30:], calls[20])
        self.assertEqual(lines[7:10], [f"  {calls[7]}", "  ... 22 more calls ...", f"  {calls[29]}"])
        self.assertIn(f"  {OWN}", lines)

    def test_very_many_of_the_users_own(self) -> None:
        lines = self.listed(*[OWN._replace(line=line) for line in range(41)])
        self.assertEqual((len(lines), lines[28]), (41, "  ... 1 more call ..."))

    def test_equal_ones(self) -> None:
        reported = Reported("tasks", Finding("what", details=("more",)), 9, tuple("abcdefgh"))
        self.assertEqual(
            reported.text("found late").splitlines(),
            ["what (9 times, found late)", "likewise 'a', 'b', 'c', 'd', 'e' and 3 more", "more"],
        )

    def test_the_line_to_blame_if_nothing_else_shows_it(self) -> None:
        self.assertEqual(
            Reported("timers", Finding("what", "remedy", where=OWN)).text().splitlines(),
            ["what", "  no-such/own.py, line 3, in Own.make", "remedy"],
        )

    def test_an_error_shows_the_line_itself_if_it_was_raised(self) -> None:
        raised = ValueError()
        try:
            raise raised
        except ValueError as error:
            raised = error
        texts = [Reported("errors", Finding("what", where=OWN, error=each)).text() for each in (raised, ValueError())]
        self.assertEqual(texts, ["what", f"what\n  {OWN}"])


def task(number: int, *stack: Place, what: str = "task 'Task-{}' waits") -> Reported:
    return Reported("tasks", Finding(what.format(number), name=f"Task-{number}", stack=stack))


class MergeTests(unittest.TestCase):
    def test_equal_ones_are_one_with_their_number_and_their_names(self) -> None:
        [merged] = merge([task(1, OWN), task(2, OWN), task(2, OWN), task(3, OWN)])
        self.assertEqual(merged, Reported("tasks", task(1, OWN).finding, 4, ("Task-2", "Task-3")))

    def test_a_recursion_may_be_of_any_depth(self) -> None:
        self.assertEqual(len(merge([task(1, OWN), task(1, OWN, OWN)])), 1)

    def test_addresses_and_numbers_may_differ(self) -> None:
        texts = ["waits for 0.5 s of <Event at 0x7f00>", "waits for 17 s of <Event at 0x7fab>"]
        [merged] = merge([Reported("tasks", Finding("what", details=(text,))) for text in texts])
        self.assertEqual((merged.count, merged.others), (2, ()))

    def test_numbers_of_either_sign_may_differ(self) -> None:
        found = [Reported("errors", Finding(f"it failed with KeyError({number})")) for number in (1, -1)]
        self.assertEqual([each.count for each in merge(found)], [2])

    def test_a_number_that_is_part_of_a_name_tells_two_apart(self) -> None:
        found = [Reported("coroutines", Finding(f"step{number}() was never awaited")) for number in (1, 2)]
        self.assertEqual(merge(found), found)

    def test_another_line_of_the_users_own_is_another_finding(self) -> None:
        caller = Place("no-such/own.py", 9, "Own.call", "own")
        found = [task(1, caller, OWN), task(2, caller._replace(line=10), OWN)]
        self.assertEqual(merge(found), found)

    def test_lines_of_a_library_tell_none_apart_unless_there_are_no_others(self) -> None:
        other = LIBRARY._replace(line=8)
        self.assertEqual(len(merge([task(1, OWN, LIBRARY), task(2, OWN, other)])), 1)
        self.assertEqual(len(merge([task(1, LIBRARY), task(2, other)])), 2)

    def test_other_checks_other_words_and_other_details_are_others(self) -> None:
        found = [
            Reported("tasks", Finding("what")),
            Reported("timers", Finding("what")),
            Reported("tasks", Finding("else")),
            Reported("tasks", Finding("what", details=("more",))),
            Reported("tasks", Finding("what", where=OWN)),
        ]
        self.assertEqual(merge(found), found)


class ErrorTests(unittest.TestCase):
    def test_one(self) -> None:
        error = make_error("test_x", [Reported("tasks", Finding("what"))])
        self.assertEqual(repr(error), "FindingError('tasks', 'what')")

    def test_several(self) -> None:
        error = make_error("test_x", [Reported("tasks", Finding("what")), Reported("errors", Finding("else"))])
        self.assertEqual(str(error), "test_x: 2 findings (2 sub-exceptions)")

    def test_the_error_that_one_is_about_is_its_cause(self) -> None:
        cause = ValueError("no")
        error = make_error("test_x", [Reported("errors", Finding("what", error=cause))])
        self.assertIs(error.__cause__, cause)
