"""Objects that complain when they are destroyed are found with the test that has made them, and at the line."""

import asyncio
import gc
import logging
import sys
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.checks.builtin import unclosed
from aiounit.introspect import sites
from tests.checks.support import QuietTestCase, case_of, findings, latecomers
from tests.resources.support import run_suite

NAME = f"{__name__}.Session"
FOUND = f"errors: Unclosed session: {NAME}"


class Session:
    """Does as aiohttp's does."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_closed = False
        self.traceback: list[object] | None = [] if self.loop.get_debug() else None

    @property
    def closed(self) -> bool:
        return self.is_closed

    def __del__(self) -> None:
        if not self.closed:
            self.loop.call_exception_handler({"session": self, "message": "Unclosed session"})

    async def close(self) -> None:
        self.is_closed = True


class Derived(Session):
    """Has an `__init__` of its own."""

    def __init__(self) -> None:
        self.name = "derived"
        super().__init__()


class Odd(Session):
    """Can't be asked."""

    @property
    def closed(self) -> bool:
        raise ValueError

    def __del__(self) -> None:
        """Would ask `closed`, and `call_exception_handler`, if it could."""
        return None if True else self.loop.call_exception_handler(self.closed)


class Plain:
    """Asks about debugging, and has nothing to complain of."""

    __slots__ = ()

    def __init__(self) -> None:
        asyncio.get_running_loop().get_debug()


class Late:
    """Complains, and does not say beforehand that it will."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.get_debug()

    def __del__(self) -> None:
        self.loop.call_exception_handler({"late": self, "message": "Unclosed late"})


def line(body: Callable[..., object], offset: int = 1) -> str:
    number = body.__code__.co_firstlineno + offset
    return f"  tests/checks/builtin/test_unclosed.py, line {number}, in {body.__qualname__}: "


class QuietLogTestCase(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))


class PlaceTests(QuietLogTestCase):
    def test_one_that_is_dropped_says_where_it_was_made(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            Session()

        [error] = findings(case_of(body))
        self.assertEqual(
            str(error).splitlines(),
            [FOUND, "made here, most recent call last:", f"{line(body)}Session()", "Close it: await close()"],
        )

    def test_the_line_is_that_which_makes_it_and_not_one_in_its_class(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            Derived()

        [error] = findings(case_of(body))
        self.assertEqual(str(error).splitlines()[2:-1], [f"{line(body)}Derived()"])

    def test_one_in_a_cycle_says_it_as_well(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            thing: Any = Late()
            thing.me = thing
            del thing
            gc.collect()

        [error] = findings(case_of(body))
        self.assertEqual(str(error).splitlines()[2:-1], [f"{line(body)}thing: Any = Late()"])

    def test_one_that_complains_after_its_test(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.thing = Late()  # type: ignore[attr-defined] # holds it

        self.assertEqual(findings(case_of(body)), [])
        gc.collect()
        [late] = latecomers()
        place = late.describe().place
        assert place is not None
        self.assertEqual((late.name, place.line), ("suite.Case.test", body.__code__.co_firstlineno + 1))

    def test_a_message_after_its_test_points_at_the_test(self) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        async def body(case: AsyncTestCase) -> None:
            loops.append(asyncio.get_running_loop())

        self.assertEqual(findings(case_of(body)), [])
        loops.pop().call_exception_handler({"message": "late"})
        [late] = latecomers()
        place = late.describe().place
        assert place is not None
        self.assertEqual((place.line, place.function), (body.__code__.co_firstlineno, body.__qualname__))

    def test_one_that_nobody_can_refer_to_weakly_is_left_alone(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            Plain()

        self.assertEqual(findings(case_of(body)), [])

    def test_one_at_the_address_of_another_that_is_gone(self) -> None:
        class Thing:
            """Can be referred to weakly."""

        thing, gone = Thing(), Thing()
        made = unclosed._Made(gone, sites.note(sys._getframe()))
        del gone
        with mock.patch.dict(unclosed._made, {id(thing): made}):
            self.assertEqual(unclosed.find(thing), ())

    def test_with_the_check_off_nothing_is_noted(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.session = Session()  # type: ignore[attr-defined] # holds it
            self.assertEqual(unclosed.find(case.session), ())  # type: ignore[attr-defined] # as above
            await case.session.close()  # type: ignore[attr-defined] # as above

        self.assertEqual(findings(case_of(body, checks={"errors": "off"})), [])


class OpenTests(QuietLogTestCase):
    def test_one_in_an_attribute_is_found_with_its_test_and_not_again(self) -> None:
        cases: list[Any] = []

        async def body(case: AsyncTestCase) -> None:
            case.session = Session()  # type: ignore[attr-defined] # holds it
            cases.append(case)

        [error] = findings(case_of(body))
        self.assertEqual(
            str(error).splitlines(),
            [
                FOUND,
                "made here, most recent call last:",
                f"{line(body)}case.session = Session()  # type: ignore[attr-defined] # holds it",
                "Close it: await close()",
            ],
        )
        cases.pop().session = None
        gc.collect()
        self.assertEqual(latecomers(), [])

    def test_one_that_is_closed_in_a_cleanup_is_not(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.session = Session()  # type: ignore[attr-defined] # holds it
            case.addAsyncCleanup(case.session.close)  # type: ignore[attr-defined] # as above

        self.assertEqual(findings(case_of(body)), [])

    def test_one_that_can_not_be_asked_is_not(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.session = Odd()  # type: ignore[attr-defined] # holds it

        self.assertEqual(findings(case_of(body)), [])

    def test_one_that_a_handler_of_the_users_is_told_of_is_not(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            case.session = Session()  # type: ignore[attr-defined] # holds it

        self.assertEqual(findings(case_of(body)), [])

    def test_one_of_the_class_is_the_classs(self) -> None:
        class Case(AsyncTestCase):
            session: Session | None = None

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                assert cls.session is not None
                await cls.session.close()

            async def test_1(self) -> None:
                type(self).session = Session()

            async def test_2(self) -> None: ...

        self.assertEqual(run_suite(Case).log.count("addSuccess"), 2)

    def test_one_of_the_class_that_is_not_closed_is_reported_with_the_class(self) -> None:
        class Case(AsyncTestCase):
            session: Session | None = None

            @classmethod
            async def asyncSetUpClass(cls) -> None: ...

            async def test_1(self) -> None:
                type(self).session = Session()

        result = run_suite(Case)
        self.assertIn("addSuccess", result.log)
        self.assertIn(FOUND, result.text())
        Case.session = None
        self.assertEqual(latecomers(), [])


class RegistryTests(unittest.TestCase):
    def test_those_that_are_gone_are_forgotten(self) -> None:
        class Thing:
            pass

        things = [Thing() for _ in range(3)]
        with mock.patch.object(unclosed, "_MANY", 2), mock.patch.object(unclosed._Made, "many", 2):
            unclosed.note(things[0], sites.Site())
            identity = id(things.pop(0))
            gc.collect()
            for thing in (*things, Thing()):
                unclosed.note(thing, sites.Site())
        self.assertNotIn(identity, {key for key, made in unclosed._made.items() if made.reference() is None})

    def test_a_test_forgets_them_as_well(self) -> None:
        async def body() -> list[object]:
            openings = unclosed.Openings()
            for _ in range(1010):
                session = Session()
                openings.note(session)
                await session.close()
            self.assertLess(len(openings._made), 1000)
            return [*openings.open()]

        self.assertEqual(asyncio.run(body()), [])

    def test_a_message_that_is_not_said_is_made_of_the_name(self) -> None:
        self.assertEqual(unclosed.message(Odd), "Unclosed Odd")
