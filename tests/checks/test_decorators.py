"""The decorators that say what checks are to do."""

import asyncio

from aiounit import AsyncTestCase, DeclarationError, allow, check_levels
from aiounit.checks import Level, decorators
from tests.checks.support import QuietTestCase, findings, first_lines


async def for_ever() -> None:
    await asyncio.Event().wait()


class AllowTests(QuietTestCase):
    def test_on_a_test(self) -> None:
        class Case(AsyncTestCase):
            @allow("tasks", name="heart*", reason="never stops")
            async def test(self) -> None:
                asyncio.create_task(for_ever(), name="heartbeat")

            @allow("tasks", name="heart*", reason="never stops")
            async def test_other(self) -> None:
                asyncio.create_task(for_ever(), name="other")

        self.assertEqual(findings(Case), [])
        self.assertEqual(len(findings(Case, "test_other")), 1)

    def test_on_a_class_and_what_derives_from_it(self) -> None:
        @allow("tasks", name="a", reason="why")
        @allow("tasks", name="b", reason="why")
        class Base(AsyncTestCase):
            async def test(self) -> None:
                for name in "abc":
                    asyncio.create_task(for_ever(), name=name)

        @allow("tasks", name="c", reason="why")
        class Case(Base):
            pass

        self.assertEqual([line.split("'")[1] for line in first_lines(Base)], ["c"])
        self.assertEqual(findings(Case), [])

    def test_an_unknown_check(self) -> None:
        with self.assertRaises(DeclarationError) as raised:
            allow("task", reason="why")
        self.assertEqual(
            str(raised.exception),
            "@allow('task'): there is no check 'task'. Did you mean 'tasks'? There are asyncgens, blocking, "
            "coroutines, errors, executor, mocks, tasks, threads, timers, transports, and all",
        )

    def test_all_at_once(self) -> None:
        with self.assertRaisesRegex(
            DeclarationError, r"^@allow\('all'\): name the check; @check_levels\(all=...\) is for all"
        ):
            allow("all", reason="why")

    def test_without_a_reason(self) -> None:
        with self.assertRaisesRegex(DeclarationError, r"^@allow\('tasks'\): say in reason why it is no mistake$"):
            allow("tasks", reason=" ")


class CheckTests(QuietTestCase):
    def test_on_a_test_and_a_class(self) -> None:
        @check_levels(tasks="off")
        class Case(AsyncTestCase):
            async def test(self) -> None:
                asyncio.create_task(for_ever())

            @check_levels(tasks=Level.FAIL)
            async def test_strict(self) -> None:
                asyncio.create_task(for_ever())

        self.assertEqual((len(findings(Case)), len(findings(Case, "test_strict"))), (0, 1))

    def test_several_add_up(self) -> None:
        @check_levels(tasks="off")
        @check_levels(errors="warn", tasks="warn")
        def function() -> None:
            pass

        self.assertEqual(vars(function)[decorators.LEVELS], {"errors": Level.WARN, "tasks": Level.OFF})

    def test_an_unknown_level(self) -> None:
        with self.assertRaisesRegex(
            DeclarationError, r"^@check_levels is {'tasks': 'on'}, but 'on' is not a level for 'tasks'"
        ):
            check_levels(tasks="on")

    def test_an_unknown_check(self) -> None:
        with self.assertRaisesRegex(
            DeclarationError, r"^@check_levels is {'task': 'off'}, but there is no check 'task'"
        ):
            check_levels(task="off")
