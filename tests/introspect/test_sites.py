"""Where something was made: noted cheaply, told well."""

import asyncio
import functools
import sys
import threading
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.introspect import places, sites
from aiounit.introspect.places import Place
from aiounit.introspect.sites import creation_of
from tests.checks.support import case_of, findings
from tests.introspect.support import SUPPORT, SuspendedCase, generates, line, sleeps


async def nothing() -> None:
    pass


class SiteTests(unittest.TestCase):
    def test_the_callers_outermost_first(self) -> None:
        def inner() -> sites.Site:
            return sites.note(_stdlib.frames.frame(0))

        def outer() -> sites.Site:
            return inner()

        functions = [place.function.rpartition(".")[2] for place in sites.places(outer())]
        self.assertEqual(functions[-3:], ["test_the_callers_outermost_first", "outer", "inner"])

    def test_nowhere(self) -> None:
        self.assertEqual(sites.places(sites.note(None)), ())

    def test_an_error_that_was_never_raised(self) -> None:
        self.assertEqual(sites.raised(ValueError("no")), ())

    def test_the_line_of_a_test_is_known_however_deep_the_call_is(self) -> None:
        def deep(depth: int) -> sites.Site:
            return deep(depth - 1) if depth else sites.note(_stdlib.frames.frame(0))

        async def body(case: Any) -> None:
            seen.append(sites.places(deep(50))[0].function.rpartition(".")[2])

        seen: list[str] = []
        findings(case_of(body))
        self.assertEqual(seen, ["body"])

    def test_where_in_asyncio_says_nothing(self) -> None:
        code = _stdlib.frames.frame(0).f_code
        places = sites.places(sites.Site(((code, 2, "asyncio.streams"), (code, 1, "app"))))
        self.assertEqual([place.module for place in places], ["app"])

    def test_a_task_whose_code_is_not_the_users_comes_from_where_it_was_made(self) -> None:
        code, here = _stdlib.frames.frame(0).f_code, (__file__, 1, "makes_the_task")
        of_a_library = sites.Site(((code.replace(co_filename="/lib/site-packages/pool.py"), 2, "pool"),), (here,))
        of_the_user = sites.Site(((code, 2, "app"),), (here,))
        self.assertEqual(
            [[place.line for place in sites.places(site)] for site in (of_a_library, of_the_user)], [[1, 2], [2]]
        )

    def test_the_task_that_runs_is_asked(self) -> None:
        async def noting() -> sites.Site:
            return sites.note(_stdlib.frames.frame(0))

        self.addCleanup(sys.set_coroutine_origin_tracking_depth, 0)
        sys.set_coroutine_origin_tracking_depth(1)
        [origin] = asyncio.run(noting()).cr_origin
        self.assertEqual(origin[2], "test_the_task_that_runs_is_asked")


# Deeper than Python keeps the calls that have made a coroutine.
LIBRARY = """
async def make():
    note()

async def hand_over(function, depth=8):
    await (hand_over(function, depth - 1) if depth else asyncio.create_task(function()))
"""


class ParentTests(unittest.TestCase):
    """Where a task was made whose code, and all calls that Python keeps, are a library's."""

    def setUp(self) -> None:
        self.noted: list[list[str]] = []
        self.inner, self.outer = self.library("inner"), self.library("outer")

    def library(self, name: str) -> dict[str, Any]:
        names: dict[str, Any] = {"asyncio": asyncio, "note": self.note, "__name__": name}
        exec(compile(LIBRARY, f"/lib/site-packages/{name}.py", "exec"), names)
        return names

    def note(self) -> None:
        places = sites.places(sites.note(_stdlib.frames.frame(1)))
        self.noted.append([place.function.rpartition(".")[2] for place in places])

    def assert_noted(self, body: Any, *expected: str) -> None:
        findings(case_of(body))
        self.assertEqual({name for names in self.noted for name in names if name in {"body", "user"}}, {*expected})

    def test_it_is_what_waits_for_it(self) -> None:
        async def body(case: Any) -> None:
            await self.inner["hand_over"](self.inner["make"])

        self.assert_noted(body, "body")

    def test_so_it_is_for_tasks_of_tasks(self) -> None:
        async def body(case: Any) -> None:
            await self.outer["hand_over"](functools.partial(self.inner["hand_over"], self.inner["make"]))

        self.assert_noted(body, "body")

    def test_it_is_not_guessed_where_several_may_be(self) -> None:
        async def user() -> None:
            await self.inner["hand_over"](self.inner["make"])

        async def body(case: Any) -> None:
            await asyncio.gather(user(), self.inner["hand_over"](self.inner["make"]))

        self.assert_noted(body)

    def test_few_are_followed(self) -> None:
        async def body(case: Any) -> None:
            await self.inner["hand_over"](self.inner["make"])

        with mock.patch.object(sites, "_MOST_PARENTS", 0):
            self.assert_noted(body)

    def test_it_is_not_looked_for_among_very_many(self) -> None:
        async def body(case: Any) -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(sites._MOST_TASKS):
                    group.create_task(asyncio.sleep(0))
                await self.inner["hand_over"](self.inner["make"])

        self.assert_noted(body)


class CreationTests(unittest.TestCase):
    def test_a_coroutine_of_a_thread_comes_from_where_that_was_started(self) -> None:
        started, own = Place(__file__, 1, "starts", ""), Place(__file__, 2, "makes", "")
        run = Place(threading.__file__, 3, "run", "threading")
        self.assertEqual([sites.creation([each], (started,)) for each in (run, own)], [(started,), (own,)])

    def made(self) -> list[Place]:
        sys.set_coroutine_origin_tracking_depth(3)
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, 0)
        coroutine = nothing()
        coroutine.close()
        return sites.creation_of(coroutine)

    def test_functions_have_their_qualified_names(self) -> None:
        names = [place.function for place in sites.creation(self.made())]
        self.assertEqual(names[-2:], ["CreationTests.test_functions_have_their_qualified_names", "CreationTests.made"])

    def place_in(self, source: str | None, line: int = 1, function: str = "f") -> str:
        with TemporaryDirectory() as directory:
            path = Path(directory) / "module.py"
            if source is not None:
                path.write_text(source, encoding="utf-8")
            [place] = sites.creation([Place(str(path), line, function, "")])
            return place.function

    def test_files_that_can_not_be_read(self) -> None:
        self.assertEqual([self.place_in(None), self.place_in("def f(:")], ["f", "f"])

    def test_a_file_that_has_changed(self) -> None:
        self.assertEqual(self.place_in("def g(): pass"), "f")

    def test_functions_in_functions_and_classes(self) -> None:
        source = "class A:\n    def f(self):\n        async def f():\n            pass\n"
        self.assertEqual([self.place_in(source, 2), self.place_in(source, 4)], ["A.f", "A.f.<locals>.f"])

    def test_what_is_installed_is_left_as_it_is(self) -> None:
        place = Place("/lib/site-packages/pool.py", 1, "connect", "pool")
        self.assertEqual(sites.creation([place]), (place,))


class CreationOfTests(SuspendedCase):
    def setUp(self) -> None:
        before = sys.get_coroutine_origin_tracking_depth()
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, before)

    def make(self) -> asyncio.Task[None]:
        return self.start(sleeps())

    async def test_of_a_coroutine(self) -> None:
        sys.set_coroutine_origin_tracking_depth(2)
        task = self.make()
        self.assertEqual(
            creation_of(task.get_coro()),
            [
                Place(__file__, line(self.make, 1), "make", ""),
                Place(__file__, line(self.test_of_a_coroutine, 2), "test_of_a_coroutine", ""),
            ],
        )

    async def test_of_a_task_it_is_that_of_its_coroutine(self) -> None:
        sys.set_coroutine_origin_tracking_depth(2)
        task = self.make()
        self.assertEqual(creation_of(task), creation_of(task.get_coro()))

    async def test_of_a_task_in_debug_mode(self) -> None:
        self.loop.set_debug(True)
        sys.set_coroutine_origin_tracking_depth(0)
        task = self.make()
        places = [each for each in creation_of(task) if each.file in {SUPPORT, __file__}]
        self.assertEqual(
            places[:3],
            [
                Place(SUPPORT, line(self.start, 2), "start", ""),
                Place(__file__, line(self.make, 1), "make", ""),
                Place(__file__, line(self.test_of_a_task_in_debug_mode, 3), "test_of_a_task_in_debug_mode", ""),
            ],
        )

    async def test_modules_are_told_by_their_files(self) -> None:
        sys.set_coroutine_origin_tracking_depth(20)
        task = self.make()
        modules = {each.module for each in creation_of(task)}
        self.assertTrue({"asyncio.runners", "asyncio.events", "unittest.async_case"} <= modules, modules)

    async def test_that_of_aiounit(self) -> None:
        names: dict[str, Any] = {"sleeps": sleeps}
        exec(compile("def make(): return sleeps()", places.__file__, "exec"), names)
        sys.set_coroutine_origin_tracking_depth(1)
        task = self.start(names["make"]())
        self.assertEqual(creation_of(task), [Place(places.__file__, 1, "make", "aiounit.introspect.places")])

    async def test_not_written_down(self) -> None:
        self.assertEqual(creation_of(self.make()), [])

    async def test_of_something_else(self) -> None:
        self.assertEqual(creation_of(generates(self.future)), [])
