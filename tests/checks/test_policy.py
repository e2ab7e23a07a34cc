"""What is allowed, and which checks have something to do when."""

import unittest
from pathlib import Path

from aiounit.checks import Check, Finding, Level, registry
from aiounit.checks.policy import Allowance, Policy
from aiounit.introspect.places import Place

HERE = Place("tests/test_x.py", 1, "test_x", "tests.test_x")
MADE = (Place("/app/pool.py", 5, "Pool.connect", "app.pool"), Place("/lib/redis.py", 9, "open", "redis"))
TASK = Finding("a task", name="heartbeat-1", stack=MADE)


def allowance(
    check: str = "tasks", name: str | None = None, creator: str | None = None, file: str | None = None
) -> Allowance:
    return Allowance(check, name, creator, file, "why", HERE)


class AllowanceTests(unittest.TestCase):
    def test_what_fits(self) -> None:
        for each in (
            allowance(),
            allowance(name="heartbeat*"),
            allowance(creator="Pool.*"),
            allowance(creator="app.pool.Pool.connect"),
            allowance(creator="open"),
            allowance(file="*/redis.py"),
            allowance(name="heart*", creator="Pool.connect", file="/app/*"),
        ):
            with self.subTest(str(each)):
                self.assertEqual((each.allows("tasks", TASK), each.is_used), (True, True))

    def test_what_does_not(self) -> None:
        for each in (
            allowance("errors"),
            allowance(name="heartbeat"),
            allowance(creator="Pool"),
            allowance(file="redis.py"),
            allowance(creator="Pool.connect", file="/lib/*"),
        ):
            with self.subTest(str(each)):
                self.assertEqual((each.allows("tasks", TASK), each.is_used), (False, False))

    def test_what_was_made_nowhere_that_is_known(self) -> None:
        unknown = Finding("a task", name="t")
        self.assertTrue(allowance(name="t").allows("tasks", unknown))
        self.assertFalse(allowance(creator="open").allows("tasks", unknown))

    def test_where_it_is_if_it_is_not_known_where_it_was_made(self) -> None:
        timer = Finding("a timer", name="t", where=MADE[0])
        self.assertTrue(allowance(file="*/pool.py", creator="Pool.*").allows("tasks", timer))
        self.assertFalse(allowance(file="*/redis.py").allows("tasks", timer))

    def test_a_file_as_reports_name_it(self) -> None:
        here = Finding("a task", stack=(HERE._replace(file=str(Path.cwd() / "tests" / "test_x.py")),))
        for pattern, is_allowed in (("tests/test_x.py", True), ("tests/*", True), ("test_x.py", False)):
            with self.subTest(pattern):
                self.assertIs(allowance(file=pattern).allows("tasks", here), is_allowed)

    def test_in_words(self) -> None:
        self.assertEqual(
            str(allowance(name="a*", file="*.py")),
            "@allow('tasks', name='a*', file='*.py') at tests/test_x.py, line 1",
        )


class PolicyTests(unittest.TestCase):
    def test_all_that_allow_a_finding_are_of_use(self) -> None:
        own, of_class = allowance(), allowance(name="heart*")
        policy = Policy({}, (), (own,), (of_class,))
        self.assertEqual((policy.allows("tasks", TASK), own.is_used, of_class.is_used), (True, True, True))

    def test_which_checks_have_something_to_do_when(self) -> None:
        levels = {**registry.defaults(), "timers": Level.FAIL}
        policy = Policy(levels, registry.make(levels))
        self.assertEqual(
            (policy.before, policy.after),
            (
                ["tasks", "asyncgens", "transports", "executor", "timers", "blocking"],
                ["coroutines", "mocks", "errors", "threads"],
            ),
        )
        self.assertEqual((policy.begun, policy.closed), ([], set()))
        self.assertTrue(policy.wants_coroutines)
        rest = {**levels, "coroutines": Level.OFF, "mocks": Level.OFF}
        self.assertFalse(Policy(rest, registry.make(rest)).wants_coroutines)

    def test_which_checks_are_made_when_something_is_told_to_them(self) -> None:
        levels = registry.defaults()
        policy = Policy(levels, registry.make(levels))
        self.assertEqual((policy.made_first, [name for name, _ in policy.finders]), ([], ["tasks"]))
        self.assertEqual(
            list(policy.made_late),
            ["tasks", "coroutines", "mocks", "errors", "asyncgens", "transports", "executor", "threads", "blocking"],
        )

    def test_who_is_told_of_an_event(self) -> None:
        class Counter(Check):
            name = "counter"

            def on_task(self, task: object) -> None:
                """Take it."""

        levels = registry.defaults()
        policy = Policy(levels, (*registry.make(levels), Counter))
        self.assertEqual((policy.listeners["on_task"], policy.listeners["on_timer"]), (("errors", "counter"), ()))
        self.assertIn(Counter, policy.made_first)

    def test_functions_are_replaced_once_for_all_checks_that_want_it(self) -> None:
        levels = registry.defaults()
        self.assertEqual(len(Policy(levels, registry.make(levels)).interceptors), 2)

    def test_which_checks_are_the_user_s(self) -> None:
        class Uploads(Check):
            name = "uploads"

        self.assertEqual(Policy({}, (*registry.make(registry.defaults()), Uploads)).foreign, {"uploads"})
