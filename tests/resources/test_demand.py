"""What a method takes with ``use`` may live longer than a test, without a setting, if the method names it."""

import types
import unittest
from functools import wraps
from typing import Any

from aiounit import AsyncTestCase, depends, resource
from aiounit.resources.demand import takes_wider
from tests.resources.support import logged, run_suite

log: list[str] = []
of_class = logged(log, "class", scope="class")
of_module = logged(log, "module", scope="module")
of_run = logged(log, "run", scope="run")
of_test = logged(log, "test")
holder = types.ModuleType("holder")
vars(holder)["held"] = of_run


@resource
async def on_class(below: str = depends(of_class)) -> str:
    return below


class UseTest(unittest.TestCase):
    """Such a resource starts when it is taken, and is closed with its scope."""

    def setUp(self) -> None:
        log.clear()

    def test_of_each_scope(self) -> None:
        class FirstCase(AsyncTestCase):
            async def test_1(self) -> None:
                await self.use(of_class)

            async def test_2(self) -> None:
                for each in (of_class, of_module, of_run):
                    await self.use(each)

        class SecondCase(AsyncTestCase):
            async def test_3(self) -> None:
                await self.use(of_module)

        result = run_suite(FirstCase, SecondCase, log=log)
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(
            log,
            [
                *("start test_1", "open class", "addSuccess"),
                *("start test_2", "open module", "open run", "addSuccess", "close class"),
                *("start test_3", "addSuccess", "close module", "close run"),
            ],
        )

    def test_one_of_the_test_that_depends_on_a_wider_one(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                log.append(await self.use(on_class))

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "open class", "class", "addSuccess", "close class"])


class NamesTest(unittest.TestCase):
    """What counts as naming it."""

    def test_a_name_of_a_module_or_of_a_class(self) -> None:
        class Names:
            held = of_class

        class ModuleCase(AsyncTestCase):
            async def test(self) -> None:
                await self.use(holder.held)

        class ClassCase(AsyncTestCase):
            async def test(self) -> None:
                await self.use(Names.held)

        self.assertTrue(takes_wider(ModuleCase))
        self.assertTrue(takes_wider(ClassCase))

    def test_a_variable_of_the_function_around(self) -> None:
        wanted = of_class

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.use(wanted)
                await self.use(later)

        self.assertTrue(takes_wider(Case))
        later = of_test

    def test_a_function_inside_the_method(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                async def take() -> None:
                    await self.use(of_class)

                await take()

        self.assertTrue(takes_wider(Case))

    def test_a_method_that_is_inherited_or_decorated(self) -> None:
        def decorate(function: Any) -> Any:
            @wraps(function)
            async def wrapper(self: Any) -> None:
                await function(self)

            return wrapper

        class Base:
            @staticmethod
            async def take(case: AsyncTestCase) -> None:
                await case.use(of_class)

        class InheritingCase(Base, AsyncTestCase):
            """Inherit the method."""

        class DecoratedCase(AsyncTestCase):
            @decorate
            async def test(self) -> None:
                await self.use(of_class)

        self.assertTrue(takes_wider(InheritingCase))
        self.assertTrue(takes_wider(DecoratedCase))

    def test_one_of_the_test_alone_and_a_method_that_uses_nothing_do_not(self) -> None:
        class Case(AsyncTestCase):
            async def test_1(self) -> None:
                await self.use(of_test)

            async def test_2(self) -> None:
                log.append(str(of_class))

        self.assertFalse(takes_wider(Case))
