"""The checks there are, and those that users add."""

import unittest
from collections.abc import AsyncIterator, Iterable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, DeclarationError
from aiounit.checks import Check, CheckContext, Finding, Leftovers, Level, register_check, registry
from tests.checks.support import QuietTestCase, case_of, first_lines


class Uploads(Check):
    name = "uploads"

    def begin(self, test: CheckContext) -> None:
        self.before = list(test.case.uploads)

    def end(self, test: CheckContext) -> Iterable[Finding]:
        return [Finding(f"{name} is left", name=name) for name in test.case.uploads if name not in self.before]


class RegisterTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.dict(registry.ALL_CHECKS))

    def test_a_check_of_the_users_looks_at_every_test(self) -> None:
        async def body(case: Any) -> None:
            case.uploads.append("order.txt")

        kind = case_of(body, uploads=["old.txt"])
        self.assertIs(register_check(Uploads), Uploads)
        self.assertIs(register_check(Uploads), Uploads)
        self.assertEqual(first_lines(kind), ["uploads: order.txt is left"])
        self.assertEqual(first_lines(case_of(body, uploads=[], checks={"uploads": "off"})), [])

    def test_it_is_taken_from_the_next_test_on(self) -> None:
        async def body(case: Any) -> None:
            case.uploads.append("order.txt")

        kind = case_of(body, uploads=[])
        self.assertEqual(first_lines(kind), [])
        register_check(Uploads)
        kind.uploads.clear()
        self.assertEqual(first_lines(kind), ["uploads: order.txt is left"])

    def refusal(self, check: Any) -> str:
        with self.assertRaises(DeclarationError) as raised:
            register_check(check)
        return str(raised.exception)

    def test_what_is_no_check(self) -> None:
        self.assertEqual(
            self.refusal(AsyncTestCase),
            f"{AsyncTestCase!r} can't be registered: it must be a class derived from aiounit.checks.Check",
        )
        self.assertRegex(self.refusal("uploads"), "^'uploads' can't be registered")

    def test_a_name_that_is_none(self) -> None:
        for name in ("up-loads", 3, "all"):
            kind = type("Uploads", (Uploads,), {"name": name})
            with self.subTest(name=name):
                self.assertRegex(self.refusal(kind), rf": its name must be an identifier, and is {name!r}$")

    def test_a_level_that_is_none(self) -> None:
        kind = type("Uploads", (Uploads,), {"level": "fail"})
        self.assertRegex(self.refusal(kind), ": its level must be a Level, and is 'fail'$")

    def test_methods_that_nobody_could_call(self) -> None:
        async def asynchronous(*_: object) -> None:
            """Never called."""

        async def generator(*_: object) -> AsyncIterator[Finding]:
            yield Finding("never")

        def synchronous(*_: object) -> None:
            """Never called."""

        only_clean = r"must be def, not async def: only clean\(\) is called on the loop$"
        for base, names, complaint in (
            (Check, {"name": "none"}, r"it needs a method end\(\), which returns its findings$"),
            (Uploads, {"begin": asynchronous}, rf"its begin\(\) {only_clean}"),
            (Uploads, {"end": generator}, rf"its end\(\) {only_clean}"),
            (Uploads, {"clean": synchronous}, r"its clean\(\) must be async def$"),
        ):
            with self.subTest(complaint):
                kind = type("Odd", (base,), names)
                self.assertRegex(self.refusal(kind), rf"^{__name__}.Odd can't be registered: {complaint}")

    def test_one_that_no_test_could_make(self) -> None:
        def takes_one(self: object, directory: str) -> None:
            """Take an argument that no test gives."""

        for base, names, complaint in (
            (Leftovers, {"name": "none"}, r"it needs describe\(\) and left\(\), as each class derived from Leftovers$"),
            (Leftovers, {"name": "half", "left": takes_one}, r"it needs describe\(\), as"),
            (Uploads, {"__init__": takes_one}, r"its __init__\(\) must take no arguments, .* argument: 'directory'$"),
        ):
            with self.subTest(complaint):
                self.assertRegex(self.refusal(type("Odd", (base,), names)), f"Odd can't be registered: {complaint}")

    def test_an_event_that_is_misspelled(self) -> None:
        kind = type("Odd", (Uploads,), {"on_tasks": lambda *_: None})
        self.assertRegex(self.refusal(kind), r"Odd can't be registered: there is no event on_tasks\(\)\. .*on_task")

    def test_a_method_that_only_begins_like_an_event_is_the_users(self) -> None:
        kind = type("Odd", (Uploads,), {"name": "odd", "on_behalf_of_the_owner": lambda *_: None})
        self.assertIs(register_check(kind), kind)

    def test_a_name_that_is_taken(self) -> None:
        kind = type("Uploads", (Uploads,), {"name": "tasks"})
        self.assertRegex(self.refusal(kind), "aiounit.checks.builtin.tasks.Tasks has the name 'tasks' already$")


class DefaultTests(unittest.TestCase):
    def test_the_levels(self) -> None:
        self.assertEqual(
            {name: level.value for name, level in registry.defaults().items()},
            {
                "tasks": "fail",
                "coroutines": "fail",
                "mocks": "fail",
                "errors": "fail",
                "asyncgens": "fail",
                "transports": "fail",
                "executor": "fail",
                "threads": "warn",
                "timers": "off",
                "blocking": "warn",
            },
        )

    def test_those_that_can_look_at_fixtures(self) -> None:
        levels = dict.fromkeys(registry.defaults(), Level.FAIL)
        self.assertEqual(
            {check.name for check in registry.make(levels)}
            - {check.name for check in registry.make(levels, for_fixtures=True)},
            {"blocking"},
        )

    def test_a_name_that_is_like_no_other(self) -> None:
        self.assertRegex(
            str(registry.complaint_about(["tasks", "xyz"])), "^there is no check 'xyz'. There are asyncgens"
        )
        self.assertIsNone(registry.complaint_about(["tasks", "all"]))
