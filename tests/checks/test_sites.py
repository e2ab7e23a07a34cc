"""Where something was made: noted cheaply, told well."""

import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from aiounit import _stdlib, introspect
from aiounit.checks import sites
from aiounit.introspect import Place


async def nothing() -> None:
    pass


class SiteTests(unittest.TestCase):
    def test_the_callers_outermost_first(self) -> None:
        def inner() -> sites.Site:
            return sites.note(_stdlib.frame(0))

        def outer() -> sites.Site:
            return inner()

        functions = [place.function.rpartition(".")[2] for place in sites.places(outer())]
        self.assertEqual(functions[-3:], ["test_the_callers_outermost_first", "outer", "inner"])

    def test_nowhere(self) -> None:
        self.assertEqual(sites.places(sites.note(None)), ())

    def test_an_error_that_was_never_raised(self) -> None:
        self.assertEqual(sites.raised(ValueError("no")), ())

    def test_not_more_than_some(self) -> None:
        def deep(depth: int) -> sites.Site:
            return deep(depth - 1) if depth else sites.note(_stdlib.frame(0))

        self.assertEqual(len(deep(50)), sites._MOST)

    def test_where_in_asyncio_says_nothing(self) -> None:
        code = _stdlib.frame(0).f_code
        places = sites.places(((code, 2, "asyncio.streams"), (code, 1, "app")))
        self.assertEqual([place.module for place in places], ["app"])


class CreationTests(unittest.TestCase):
    def made(self) -> list[Place]:
        sys.set_coroutine_origin_tracking_depth(3)
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, 0)
        coroutine = nothing()
        coroutine.close()
        return introspect.creation_of(coroutine)

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
