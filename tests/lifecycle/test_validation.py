"""What a test class declares works, or is an error when the class is defined, with what to write instead."""

import asyncio
import functools
import inspect
import unittest
import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

from aiounit import AsyncTestCase, DeclarationError, resource, resource_factory
from aiounit.lifecycle.validation import check
from aiounit.limits import budgets
from tests.support import run


async def coroutine(*_: object) -> None:
    """Do nothing."""


async def async_generator(*_: object) -> AsyncGenerator[None, None]:
    yield


def generator(*_: object) -> Generator[None, None, None]:
    yield


def plain(*_: object) -> None:
    """Do nothing."""


def hook(*_: object, **__: object) -> None:
    """Stand in for a private hook of the user's."""


class Loop:
    """Stands in for an event loop: what is made here only has to be recognised."""


def declare(*bases: type, **attributes: object) -> type[AsyncTestCase]:
    """Define a class with these attributes."""
    kind: type[AsyncTestCase] = type("Case", (*bases, AsyncTestCase), attributes)
    return kind


def place(function: Callable[..., object]) -> str:
    return f"({__file__}, line {inspect.unwrap(function).__code__.co_firstlineno})"


class DeclarationTestCase(unittest.TestCase):
    def complaint(self, *bases: type, **attributes: object) -> str:
        with self.assertRaises(DeclarationError) as caught:
            declare(*bases, **attributes)
        return str(caught.exception).removeprefix(f"{__name__}.Case: ")


class SynchronousHookTests(DeclarationTestCase):
    """Hooks that stdlib calls without awaiting what they return."""

    def test_async_set_up(self) -> None:
        self.assertEqual(
            self.complaint(setUp=coroutine),
            f"setUp is async def {place(coroutine)}, so it would never be awaited. "
            "Move what it awaits into async def asyncSetUp, or make it a plain def",
        )

    def test_async_tear_down(self) -> None:
        self.assertEqual(
            self.complaint(tearDown=coroutine),
            f"tearDown is async def {place(coroutine)}, so it would never be awaited. "
            "Move what it awaits into async def asyncTearDown, or make it a plain def",
        )

    def test_async_set_up_class(self) -> None:
        self.assertEqual(
            self.complaint(setUpClass=classmethod(coroutine)),
            f"setUpClass is async def {place(coroutine)}, so it would never be awaited. "
            "Move what it awaits into async def asyncSetUpClass, or make it a plain def",
        )

    def test_async_tear_down_class(self) -> None:
        self.assertEqual(
            self.complaint(tearDownClass=classmethod(coroutine)),
            f"tearDownClass is async def {place(coroutine)}, so it would never be awaited. "
            "Move what it awaits into async def asyncTearDownClass, or make it a plain def",
        )

    def test_an_asynchronous_generator_is_async_def_too(self) -> None:
        self.assertEqual(
            self.complaint(setUp=async_generator),
            f"setUp is async def {place(async_generator)}, so it would never be awaited. "
            "Move what it awaits into async def asyncSetUp, or make it a plain def",
        )

    def test_a_static_method(self) -> None:
        self.assertIn("setUp is async def", self.complaint(setUp=staticmethod(coroutine)))

    def test_the_message_begins_with_the_class(self) -> None:
        with self.assertRaises(DeclarationError) as caught:

            class Orders(AsyncTestCase):
                # The two type checkers see this error as well.
                async def setUp(self) -> None:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
                    pass

        name = f"{__name__}.SynchronousHookTests.test_the_message_begins_with_the_class.<locals>.Orders"
        self.assertEqual(str(caught.exception).partition(": ")[0], name)

    def test_one_that_is_inherited_from_a_class_that_is_no_test(self) -> None:
        self.assertIn("setUp is async def", self.complaint(type("Mixin", (), {"setUp": coroutine})))

    def test_one_that_the_class_replaces(self) -> None:
        declare(type("Mixin", (), {"setUp": coroutine}), setUp=plain)

    def test_plain_ones(self) -> None:
        declare(setUp=plain, tearDown=plain, setUpClass=classmethod(plain), tearDownClass=classmethod(plain))

    def test_a_decorator_that_runs_it_itself(self) -> None:
        @functools.wraps(coroutine)
        def wrapper(_case: AsyncTestCase) -> None:
            asyncio.run(coroutine())

        declare(setUp=wrapper)

    def test_a_private_hook_may_give_it_a_meaning(self) -> None:
        declare(setUp=coroutine, _callSetUp=hook)
        declare(tearDown=coroutine, _callTearDown=hook)

    def test_the_private_hook_of_another_phase_gives_it_none(self) -> None:
        self.assertIn("setUp is async def", self.complaint(setUp=coroutine, _callTearDown=hook))

    def test_what_all_private_hooks_call_may_give_it_a_meaning(self) -> None:
        declare(setUp=coroutine, _callAsync=hook)
        declare(tearDown=coroutine, _callMaybeAsync=hook)

    def test_no_private_hook_gives_a_meaning_to_those_of_the_class(self) -> None:
        self.assertIn("setUpClass is async def", self.complaint(setUpClass=classmethod(coroutine), _callAsync=hook))


class AsynchronousHookTests(DeclarationTestCase):
    """Hooks that must be awaited."""

    def test_plain_async_set_up(self) -> None:
        self.assertEqual(
            self.complaint(asyncSetUp=plain),
            f"asyncSetUp must be an async def function, and is {plain!r} {place(plain)}. Make it async def",
        )

    def test_plain_async_tear_down(self) -> None:
        self.assertEqual(
            self.complaint(asyncTearDown=plain),
            f"asyncTearDown must be an async def function, and is {plain!r} {place(plain)}. Make it async def",
        )

    def test_an_asynchronous_generator(self) -> None:
        self.assertEqual(
            self.complaint(asyncSetUp=async_generator),
            f"asyncSetUp must be an async def function, and is {async_generator!r} {place(async_generator)}. "
            "Make it async def",
        )

    def test_no_function(self) -> None:
        self.assertEqual(
            self.complaint(asyncSetUp=None), "asyncSetUp must be an async def function, and is None. Make it async def"
        )

    def test_a_private_hook_may_give_it_a_meaning(self) -> None:
        declare(asyncSetUp=plain, _callSetUp=hook)
        declare(asyncTearDown=plain, _callTearDown=hook)

    def test_what_is_a_coroutine_function_in_another_way(self) -> None:
        functions: list[object] = [
            staticmethod(coroutine),
            classmethod(coroutine),
            functools.partial(coroutine, 1),
            functools.partialmethod(coroutine, 1),
            mock.AsyncMock(),
        ]
        for function in functions:
            with self.subTest(function=type(function).__name__):
                declare(asyncSetUp=function, asyncTearDown=function)


class NameTests(DeclarationTestCase):
    """A resource must not hide what a test case needs."""

    def test_the_message(self) -> None:
        database = resource(coroutine)
        self.assertEqual(
            self.complaint(run=database),
            f"run = resource 'coroutine' {place(coroutine)} hides AsyncTestCase.run, without which no test can run. "
            f"Give the attribute another name, for example run_resource = ...",
        )

    def test_every_name_that_a_test_case_has_is_taken(self) -> None:
        names = {*dir(IsolatedAsyncioTestCase), *vars(AsyncTestCase), *vars(AsyncTestCase()), *budgets.ATTRIBUTES}
        overwritten = ("__", "_class")  # by Python, and by unittest for each class
        for name in sorted(name for name in names if not name.startswith(overwritten)):
            for declared in (resource(coroutine), resource_factory(coroutine)):
                with self.subTest(name=name):
                    self.assertIn(f"{name} = resource 'coroutine'", self.complaint(**{name: declared}))

    def test_one_of_a_mixin(self) -> None:
        self.assertIn("hides TestCase.id", self.complaint(type("Mixin", (), {"id": resource(coroutine)})))

    def test_names_of_other_classes_are_free(self) -> None:
        declare(type("Base", (IsolatedAsyncioTestCase,), {"client": None}), client=resource(coroutine))


class BaseTests(DeclarationTestCase):
    def test_the_test_cases_of_django(self) -> None:
        simple = type("SimpleTestCase", (unittest.TestCase,), {"__module__": "django.test.testcases"})
        self.assertEqual(
            self.complaint(type("TestCase", (simple,), {})),
            "it derives from AsyncTestCase and from django.test.testcases.SimpleTestCase, which replaces each async "
            "def test by a function that runs it on another event loop than its hooks. Derive from AsyncTestCase "
            "alone, and roll the transaction back as the recipe docs/recipes/django.md does",
        )


class ReplacedRunnerTests(unittest.TestCase):
    """A class that replaces the runner is told what it loses, once."""

    def messages(self, *classes: Callable[[], object]) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for define in classes:
                define()
        return [f"{each.category.__name__} line {each.lineno}: {each.message}" for each in caught]

    def test_the_message_has_the_place_and_the_remedy(self) -> None:
        kind: dict[str, object] = {"_setupAsyncioRunner": plain, "__module__": "m", "__qualname__": "Orders"}
        self.assertEqual(
            self.messages(lambda: declare(**kind)),
            [
                f"RunnerWarning line {plain.__code__.co_firstlineno}: m.Orders replaces _setupAsyncioRunner, so the "
                f"tests of m.Orders run as on unittest.IsolatedAsyncioTestCase: the timeouts, checks and resources of "
                f"aiounit do not work there. Remove _setupAsyncioRunner, and set a class attribute instead: loop_debug "
                f"for debug mode, loop_factory for another loop, shared_loop = True for one loop for all tests"
            ],
        )

    def test_a_mixin_and_all_its_subclasses_are_told_once(self) -> None:
        mixin = type("Mixin", (), {"_setupAsyncioRunner": plain, "_tearDownAsyncioRunner": functools.partial(plain)})
        (message,) = self.messages(lambda: declare(mixin), lambda: declare(declare(mixin)))
        self.assertIn("Mixin replaces _setupAsyncioRunner and _tearDownAsyncioRunner, so the tests of", message)

    def test_what_has_no_line(self) -> None:
        (message,) = self.messages(lambda: declare(_tearDownAsyncioRunner=functools.partial(plain)))
        self.assertIn("line 1: ", message)

    def test_other_classes_are_told_nothing(self) -> None:
        self.assertEqual(self.messages(declare), [])


class TestMethodTests(DeclarationTestCase):
    def test_an_asynchronous_generator(self) -> None:
        self.assertEqual(
            self.complaint(test_it=async_generator),
            f"test_it is an asynchronous generator {place(async_generator)}, so it would pass without running. "
            "Take the yield out of it; for several cases in one test, use subTest()",
        )

    def test_a_generator(self) -> None:
        self.assertEqual(
            self.complaint(test_it=generator),
            f"test_it is a generator {place(generator)}, so it would pass without running. "
            "Take the yield out of it; for several cases in one test, use subTest()",
        )

    def test_a_static_method(self) -> None:
        self.assertIn("test_it is a generator", self.complaint(test_it=staticmethod(generator)))

    def test_what_is_not_a_test(self) -> None:
        declare(cases=generator, _test=async_generator)

    def test_a_private_hook_may_give_it_a_meaning(self) -> None:
        declare(test_it=async_generator, _callTestMethod=hook)

    def test_a_decorator_that_runs_it_itself(self) -> None:
        @functools.wraps(generator)
        def wrapper(_case: AsyncTestCase) -> None:
            list(generator())

        declare(test_it=wrapper)

    def test_plain_and_async_ones_and_data(self) -> None:
        declare(test_plain=plain, test_async=coroutine, test_data=[1], test_partial=functools.partialmethod(plain, 1))


class LoopFactoryTests(DeclarationTestCase):
    """A ``loop_factory`` that is no function that makes a loop is an error."""

    def test_not_callable(self) -> None:
        self.assertEqual(
            self.complaint(loop_factory="uvloop"),
            "loop_factory must be a function or class that makes an event loop, and is 'uvloop'",
        )

    def test_a_loop(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.assertEqual(
            self.complaint(loop_factory=loop),
            f"loop_factory must be a function or class that makes an event loop, and is {loop!r}",
        )

    def test_a_coroutine_function(self) -> None:
        self.assertEqual(
            self.complaint(loop_factory=coroutine),
            f"loop_factory must be a function or class that makes an event loop, and is {coroutine!r}",
        )

    def test_an_asynchronous_static_method(self) -> None:
        self.assertEqual(
            self.complaint(loop_factory=staticmethod(coroutine)),
            f"loop_factory must be a function or class that makes an event loop, and is {coroutine!r}",
        )

    def test_every_form_gives_the_loop_of_a_test(self) -> None:
        made: list[asyncio.AbstractEventLoop] = []

        def factory() -> asyncio.AbstractEventLoop:
            made.append(asyncio.new_event_loop())
            return made[-1]

        for form in (
            factory,
            staticmethod(factory),
            classmethod(lambda _: factory()),
            lambda _: factory(),
            property(lambda _: factory),
            functools.partial(factory),
        ):
            with self.subTest(form=form):

                async def test(case: AsyncTestCase) -> None:
                    case.assertIs(asyncio.get_running_loop(), made[-1])

                made.clear()
                log = run(declare(loop_factory=form, test=test)).log
                self.assertEqual((log, len(made)), (["startTest", "addSuccess", "stopTest"], 1))


class LoopSettingTests(DeclarationTestCase):
    def test_what_it_may_be(self) -> None:
        for value in (True, False, None):
            declare(loop_debug=value)

    def test_anything_else(self) -> None:
        self.assertEqual(self.complaint(loop_debug=1), "loop_debug must be True, False or None, and is 1")

    def test_shared_loop(self) -> None:
        for value in (True, False):
            declare(shared_loop=value)
        self.assertEqual(self.complaint(shared_loop=None), "shared_loop must be True or False, and is None")

    def test_times(self) -> None:
        for name in ("timeout", "setup_timeout", "teardown_timeout"):
            for value in (1, 0.5, None):
                declare(**{name: value})

    def test_what_is_no_time(self) -> None:
        remedy = "If it is something of your own, give it another name"
        self.assertEqual(
            self.complaint(timeout="5"),
            f"timeout must be a number of seconds or None for no limit, and is '5'. {remedy}",
        )
        self.assertEqual(
            self.complaint(setup_timeout=0),
            f"setup_timeout must be a number of seconds above zero, or None for no limit, and is 0. {remedy}",
        )

    def test_methods_that_have_the_name_of_a_time(self) -> None:
        declare(timeout=plain, setup_timeout=property(plain))

    def test_debug_is_the_method(self) -> None:
        for value in (True, False):
            self.assertEqual(
                self.complaint(debug=value),
                "debug is a method of TestCase, and a setting of that name would hide it. Name the setting loop_debug",
            )

    def test_a_method_debug(self) -> None:
        declare(debug=plain)


class CheckTests(unittest.TestCase):
    def test_a_class_that_says_nothing(self) -> None:
        check(AsyncTestCase)

    def test_stdlibs_own_class(self) -> None:
        check(IsolatedAsyncioTestCase)

    def test_the_first_of_several_is_reported(self) -> None:
        with self.assertRaisesRegex(DeclarationError, r"^tests\.lifecycle\.test_validation\.Case: setUp is async def"):
            declare(setUp=coroutine, tearDown=coroutine, loop_debug=1)

    def test_the_class_is_checked_after_the_users_own_base_has_made_it(self) -> None:
        class Base(AsyncTestCase):
            def __init_subclass__(cls, *, debug: Any, **kwargs: Any) -> None:
                cls.loop_debug = debug
                super().__init_subclass__(**kwargs)

        with self.assertRaisesRegex(DeclarationError, "Case: loop_debug must be True, False or None, and is 1$"):

            class Case(Base, debug=1):
                """Says it in a way of its own."""
