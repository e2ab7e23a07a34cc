"""The errors form the tree that their module draws, and travel between processes."""

import pickle
import re
import unittest
from collections.abc import Iterator

import aiounit
from aiounit import exceptions
from aiounit.exceptions import AiounitError, CheckError, LeakError

# What those are made of that take more than a message.
ARGUMENTS: dict[type[AiounitError], tuple[object, ...]] = {
    CheckError: ("tasks", "what happened"),
    LeakError: ("what happened", [CheckError("tasks", "what")]),
}

DEFINED: list[type[AiounitError]] = [
    value for value in vars(exceptions).values() if getattr(value, "__module__", "") == exceptions.__name__
]


def draw(kind: type[AiounitError], indent: str = "    ") -> Iterator[str]:
    """Yield the lines of the tree below an error, with the other bases in parentheses."""
    children = [each for each in DEFINED if kind in each.__bases__]
    for child in children:
        is_last = child is children[-1]
        others = [base.__name__ for base in child.__bases__ if base is not kind]
        yield f"{indent}{'└' if is_last else '├'}── {child.__name__}" + (f" ({', '.join(others)})" if others else "")
        yield from draw(child, indent + ("    " if is_last else "│   "))


class TreeTests(unittest.TestCase):
    def test_it_is_drawn_as_it_is(self) -> None:
        assert exceptions.__doc__ is not None
        drawing = exceptions.__doc__[exceptions.__doc__.index("    AiounitError\n") :].rstrip()
        lines = [re.sub(r"(?<=\S)  +\w.*$", "", line) for line in drawing.splitlines()]
        self.assertEqual(lines, ["    AiounitError", *draw(AiounitError)])

    def test_the_root_is_an_exception(self) -> None:
        self.assertEqual(AiounitError.__bases__, (Exception,))

    def test_all_have_the_root(self) -> None:
        self.assertEqual([kind for kind in DEFINED if not issubclass(kind, AiounitError)], [])

    def test_all_are_public(self) -> None:
        self.assertEqual(exceptions.__all__, sorted(kind.__name__ for kind in DEFINED))
        for kind in DEFINED:
            self.assertIs(getattr(aiounit, kind.__name__), kind)


class PickleTests(unittest.TestCase):
    def test_each_keeps_its_message_and_notes(self) -> None:
        for kind in DEFINED:
            with self.subTest(kind=kind.__name__):
                error = kind(*ARGUMENTS.get(kind, ("what happened",)))
                error.add_note("and where")
                copy = pickle.loads(pickle.dumps(error))
                self.assertEqual((type(copy), str(copy), copy.__notes__), (kind, str(error), ["and where"]))
                self.assertIn("what happened", str(copy))


class CheckErrorTests(unittest.TestCase):
    def test_it_keeps_what_it_is_made_of(self) -> None:
        error = CheckError("tasks", "what happened")
        self.assertEqual((error.check, error.text, str(error)), ("tasks", "what happened", "tasks: what happened"))


class LeakErrorTests(unittest.TestCase):
    def test_a_part_of_it_is_one_as_well(self) -> None:
        tasks, errors = CheckError("tasks", "first"), CheckError("errors", "second")
        error = LeakError("what happened", [tasks, errors])
        part = error.subgroup(lambda each: isinstance(each, CheckError) and each.check == "tasks")
        self.assertEqual(repr(part), repr(LeakError("what happened", [tasks])))
