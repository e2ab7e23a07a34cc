"""Frames of aiounit and asyncio leave a traceback, wherever they stand in it and wherever it hangs."""

import contextlib
import traceback
import unittest
from typing import Any, TypeVar

from aiounit.exceptions import LoopError
from aiounit.introspect import tracebacks
from aiounit.introspect.places import Place
from aiounit.introspect.tracebacks import point_at, related, take_over, trim

E = TypeVar("E", bound=BaseException)

# By this, a module of assertions says that what it raises is a failure of the test.
HIDDEN = {"__unittest": True}


def raised(error: E, *modules: str, **variables: object) -> E:
    """Raise ``error`` in the last of the modules, which the ones before have called, and return it.

    Args:
        error: The error.
        *modules: The names of the modules.
        **variables: Other variables that all of the modules have.
    """
    function: Any = None
    for module in reversed(modules):
        namespace = {"__name__": module, "function": function, "error": error, **variables}
        exec("def step():\n    " + ("function()" if function else "raise error"), namespace)
        function = namespace["step"]
    with contextlib.suppress(type(error)):
        function()
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next  # without the frame of this function
    return error


def modules(error: BaseException) -> list[str]:
    """Return the modules of the frames of an error."""
    return [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(error.__traceback__)]


PLACE = Place("/project/test_suite.py", 12, "Suite.test", "test_suite")
OURS = Place(tracebacks.__file__, 1, "trim", "aiounit.introspect.tracebacks")


class PointAtTests(unittest.TestCase):
    """An error that no line of the user's has raised has the line that it is about."""

    def shown(self, error: BaseException) -> list[tuple[str, int | None, str]]:
        return [(each.filename, each.lineno, each.name) for each in traceback.extract_tb(error.__traceback__)]

    def test_one_without_a_traceback(self) -> None:
        error = LoopError("no")
        point_at(error, PLACE)
        self.assertEqual(self.shown(error), [("/project/test_suite.py", 12, "test")])
        self.assertEqual(modules(error), ["test_suite"])

    def test_it_is_the_last_line_when_the_error_is_raised(self) -> None:
        error = LoopError("no")
        point_at(error, PLACE)
        raised(error, "aiounit.loops.driver")
        self.assertEqual(modules(error), ["aiounit.loops.driver", "test_suite"])

    def test_one_with_lines_of_aiounit_and_asyncio_only(self) -> None:
        error = raised(LoopError("no"), "aiounit.loops.driver", "asyncio.locks")
        point_at(error, PLACE)
        self.assertEqual(modules(error), ["test_suite"])

    def test_one_with_a_line_of_the_users_keeps_it(self) -> None:
        error = raised(LoopError("no"), "suite", "asyncio.locks")
        point_at(error, PLACE)
        self.assertEqual(modules(error), ["suite", "asyncio.locks"])

    def test_no_place_and_one_that_is_not_the_users(self) -> None:
        for place in (None, OURS):
            error = LoopError("no")
            point_at(error, place)
            self.assertIsNone(error.__traceback__)


class TakeOverTests(unittest.TestCase):
    """A failure has the traceback of the cancellation that came of it."""

    def test_one_with_a_line_of_the_users(self) -> None:
        error, other = LoopError("no"), raised(ValueError("other"), "suite")
        point_at(error, PLACE)
        take_over(error, other)
        self.assertEqual(modules(error), ["suite"])

    def test_one_without_does_not_take_the_line_away(self) -> None:
        error, other = LoopError("no"), raised(ValueError("other"), "asyncio.tasks")
        point_at(error, PLACE)
        take_over(error, other)
        self.assertEqual(modules(error), ["test_suite"])

    def test_any_is_better_than_none(self) -> None:
        error, other = LoopError("no"), raised(ValueError("other"), "asyncio.tasks")
        take_over(error, other)
        self.assertEqual(modules(error), ["asyncio.tasks"])


class FramesTests(unittest.TestCase):
    """Which frames are left out of one traceback."""

    def left(self, *of: str, error: BaseException | None = None) -> list[str]:
        error = raised(ValueError("no") if error is None else error, *of)
        trim(error)
        return modules(error)

    def test_those_before_the_users(self) -> None:
        self.assertEqual(self.left("aiounit.case", "aiounit.lifecycle.engine", "asyncio.runners", "suite"), ["suite"])

    def test_those_between_the_users(self) -> None:
        self.assertEqual(
            self.left("suite", "asyncio.tasks", "suite.helpers", "aiounit", "other"),
            ["suite", "suite.helpers", "other"],
        )

    def test_those_after_the_users(self) -> None:
        self.assertEqual(self.left("suite", "asyncio.locks", "aiounit.loops.driver"), ["suite"])

    def test_packages_with_similar_names_stay(self) -> None:
        names = ["asyncio_extras", "aiounittest", "suite.asyncio", "_asyncio"]
        self.assertEqual(self.left(*names), names)

    def test_nothing_to_leave_out(self) -> None:
        self.assertEqual(self.left("suite", "unittest.case"), ["suite", "unittest.case"])

    def test_asyncio_alone(self) -> None:
        self.assertEqual(self.left("aiounit.loops.driver", "asyncio.runners"), [])

    def test_a_defect_of_aiounit_keeps_its_frames(self) -> None:
        self.assertEqual(
            self.left("asyncio.events", "aiounit.loops.driver"), ["asyncio.events", "aiounit.loops.driver"]
        )

    def test_an_error_that_aiounit_raises_on_purpose(self) -> None:
        self.assertEqual(self.left("aiounit.lifecycle.engine", "aiounit.loops.driver", error=LoopError("no")), [])

    def test_a_failure_that_a_module_of_assertions_raises(self) -> None:
        error = raised(AssertionError("no"), "aiounit.loops.driver", "aiounit.assertions.waiting.waiting", **HIDDEN)
        trim(error)
        self.assertEqual(modules(error), [])

    def test_a_defect_below_a_module_of_assertions_keeps_its_frames(self) -> None:
        error = raised(TypeError("no"), "aiounit.introspect.places")
        before, error.__traceback__ = error.__traceback__, None
        outer = raised(error, "aiounit.assertions.waiting.waiting", **HIDDEN)
        assert outer.__traceback__ is not None
        outer.__traceback__.tb_next = before
        trim(outer)
        self.assertEqual(modules(outer), ["aiounit.assertions.waiting.waiting", "aiounit.introspect.places"])

    def test_an_error_that_was_not_raised(self) -> None:
        error = ValueError("no")
        trim(error)
        self.assertIsNone(error.__traceback__)

    def test_a_frame_without_a_module(self) -> None:
        error = ValueError("no")
        try:
            exec("raise error", {"error": error})
        except ValueError:
            trim(error)
        self.assertEqual(
            [frame.f_globals.get("__name__") for frame, _ in traceback.walk_tb(error.__traceback__)], [__name__, None]
        )

    def test_what_stays_shows_the_same_lines(self) -> None:
        error = ValueError("no")
        try:
            raised(error, "suite")
            raise error
        except ValueError:
            before = traceback.format_exception(error)
        trim(error)
        self.assertEqual(traceback.format_exception(error), before)


class RelatedTests(unittest.TestCase):
    """What hangs on an error is trimmed too."""

    def setUp(self) -> None:
        self.other = raised(KeyError("other"), "asyncio.tasks", "suite")

    def test_cause(self) -> None:
        error = ValueError("no")
        error.__cause__ = self.other
        trim(error)
        self.assertEqual(modules(self.other), ["suite"])

    def test_context(self) -> None:
        error = ValueError("no")
        error.__context__ = self.other
        trim(error)
        self.assertEqual(modules(self.other), ["suite"])

    def test_member_of_a_group_in_a_group(self) -> None:
        trim(ExceptionGroup("outer", [ExceptionGroup("inner", [self.other])]))
        self.assertEqual(modules(self.other), ["suite"])

    def test_member_of_a_group_of_base_exceptions(self) -> None:
        trim(BaseExceptionGroup("group", [KeyboardInterrupt(), self.other]))
        self.assertEqual(modules(self.other), ["suite"])

    def test_each_is_trimmed_by_itself(self) -> None:
        defect = raised(TypeError("defect"), "aiounit.loops.driver")
        trim(ExceptionGroup("group", [self.other, defect]))
        self.assertEqual((modules(self.other), modules(defect)), (["suite"], ["aiounit.loops.driver"]))

    def test_a_circle_ends(self) -> None:
        error = ValueError("no")
        error.__context__, self.other.__context__ = self.other, error
        self.assertEqual(list(related(error)), [error, self.other])

    def test_what_hangs_on_it_twice_comes_once(self) -> None:
        error = ValueError("no")
        error.__cause__ = error.__context__ = self.other
        self.assertEqual(list(related(error)), [error, self.other])

    def test_an_error_alone(self) -> None:
        self.assertEqual(list(related(self.other)), [self.other])
