"""Patches take effect at once, wherever a test makes them, and are undone with its cleanups."""

import asyncio
import inspect
import os
import pydoc
import types
import unittest
from collections.abc import Callable
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from aiounit import AsyncTestCase
from aiounit.mocks import MockToolkit, Patcher
from aiounit.mocks.replacements import replace_attribute
from tests.support import run

LIMITS = {"tea": 1}


class Order:
    """What a client returns."""


class Client:
    """What is patched here."""

    limit = 5

    def __init__(self, url: str) -> None:
        self.url = url

    async def fetch(self, item: str) -> Order:
        return Order()

    def count(self) -> int:
        raise NotImplementedError

    @property
    def name(self) -> str:
        return "shop"


class PatchTestCase(MockToolkit, TestCase):
    def setUp(self) -> None:
        self.client = Client("url")

    def undo(self) -> None:
        """Do what the end of the test does."""
        self.doCleanups()

    def assert_refused(
        self, kind: type[Exception], message: str, call: Callable[..., object], *args: Any, **kwargs: Any
    ) -> None:
        with self.assertRaises(kind) as caught:
            call(*args, **kwargs)
        self.assertEqual(str(caught.exception), message)


class PatchTests(PatchTestCase):
    """By name."""

    def test_something_of_a_module(self) -> None:
        kind = self.patch(f"{__name__}.Client")
        self.assertIs(Client, kind)
        self.undo()
        self.assertIsNot(Client, kind)

    def test_a_method(self) -> None:
        fetch = self.patch(f"{__name__}.Client.fetch", return_value="tea")
        self.assertEqual(asyncio.run(self.client.fetch("tea")), "tea")
        fetch.assert_awaited_once_with("tea")

    def test_with_something_else(self) -> None:
        self.assertEqual(self.patch(f"{__name__}.LIMITS", new={"tea": 2}), {"tea": 2})
        self.assertEqual(LIMITS, {"tea": 2})
        self.undo()
        self.assertEqual(LIMITS, {"tea": 1})

    def test_what_is_no_name(self) -> None:
        message = (
            f'patch() takes a string like "package.module.attribute", not {Client!r}. '
            f"To patch an attribute of an object, use patch.object(owner, name)"
        )
        self.assert_refused(TypeError, message, self.patch, Client)


class PatcherTests(PatchTestCase):
    """The object itself."""

    def test_it_is_made_when_the_test_asks_for_it(self) -> None:
        self.patch.env(SHOP="tea")
        self.assertNotIn("patch", vars(self))
        self.assertIsInstance(self.patch, Patcher)

    def test_a_subclass_can_do_more(self) -> None:
        class Case(MockToolkit, TestCase):
            @property
            def patch(self) -> Any:  # type: ignore[override]  # which is no property
                return Loud(self)

        class Loud(Patcher):
            def env(self, *args: Any, **kwargs: Any) -> None:
                super().env(*args, LOUD="1", **kwargs)

        case = Case()
        case.patch.env(SHOP="tea")
        self.assertEqual((os.environ["SHOP"], os.environ["LOUD"]), ("tea", "1"))
        case.doCleanups()
        self.assertNotIn("LOUD", os.environ)

    def test_an_override_calls_that_of_the_base_class(self) -> None:
        class Case(MockToolkit, TestCase):
            def patch(self, name: str) -> Any:  # type: ignore[override]
                return super().patch(f"{__name__}.{name}")

        case = Case()
        kind = case.patch("Client")
        self.assertIs(Client, kind)
        case.doCleanups()
        self.assertIsNot(Client, kind)

    def test_a_class_has_nothing_that_would_undo_a_patch(self) -> None:
        patch: Any = AsyncTestCase.patch
        message = (
            "patch belongs to a test: use self.patch in the test or its setUp. For all tests of a class, enter one of "
            "unittest.mock's with enterClassContext(patch(...))"
        )
        self.assert_refused(TypeError, message, patch, f"{__name__}.LIMITS", {})
        self.assert_refused(TypeError, message, patch, f"{__name__}.Client")
        self.assert_refused(TypeError, message, patch.object, Client, "limit", 10)
        self.assert_refused(TypeError, message, patch.multiple, Client, limit=10)
        self.assert_refused(TypeError, message, patch.dict, LIMITS, tea=5)
        self.assert_refused(TypeError, message, patch.env, SHOP="tea")
        self.assertEqual((LIMITS, Client.limit, os.environ.get("SHOP")), ({"tea": 1}, 5, None))

    def test_help_tells_of_its_methods(self) -> None:
        for patch in (self.patch, AsyncTestCase.patch):
            text = pydoc.plain(pydoc.render_doc(patch))
            for name in ("__call__", "object", "multiple", "dict", "env"):
                self.assertRegex(text, rf"(?m)^ \|  {name}\(")

    def test_its_signature_is_that_of_a_call(self) -> None:
        self.assertEqual(list(inspect.signature(self.patch).parameters)[:2], ["target", "new"])


class PatchObjectTests(PatchTestCase):
    def test_a_method_of_a_class(self) -> None:
        fetch = self.patch.object(Client, "fetch")
        self.assertIsInstance(asyncio.run(self.client.fetch("tea")), Order)
        fetch.assert_awaited_once_with("tea")
        self.undo()
        self.assertIs(type(asyncio.run(self.client.fetch("tea"))), Order)

    def test_a_method_of_an_object(self) -> None:
        fetch = self.patch.object(self.client, "fetch", return_value="tea")
        self.assertEqual(asyncio.run(self.client.fetch("tea")), "tea")
        self.undo()
        self.assertEqual((vars(self.client), fetch.await_count), ({"url": "url"}, 1))

    def test_a_function_of_a_module(self) -> None:
        self.patch.object(os, "getcwd", return_value="/shop")
        self.assertEqual(os.getcwd(), "/shop")  # noqa: PTH109 (what is patched)

    def test_a_property(self) -> None:
        name = self.patch.object(Client, "name", return_value="other")
        self.assertEqual(self.client.name, "other")
        name.assert_called_once_with()
        self.undo()
        self.assertEqual(self.client.name, "shop")

    def test_a_value(self) -> None:
        self.patch.object(Client, "limit", 10)
        self.assertEqual(self.client.limit, 10)

    def test_a_class(self) -> None:
        module = types.SimpleNamespace(Client=Client)
        values: Any = {"return_value.fetch": "tea"}
        self.patch.object(module, "Client", **values)
        self.assertEqual(asyncio.run(module.Client("url").fetch("milk")), "tea")
        with self.assertRaisesRegex(TypeError, "^missing a required argument: 'url'$"):
            module.Client()

    def test_the_signature_is_checked_when_it_is_called(self) -> None:
        self.patch.object(Client, "fetch")
        with self.assertRaisesRegex(TypeError, "^missing a required argument: 'item'$"):
            self.client.fetch()  # type: ignore[call-arg, unused-coroutine]  # what is tested

    def test_what_is_misspelt(self) -> None:
        message = "Client has no attribute 'fecth'. Did you mean 'fetch'?"
        self.assert_refused(AttributeError, message, self.patch.object, Client, "fecth")
        message = "Client.fetch has no attribute 'retrun_value'. Did you mean 'return_value'?"
        self.assert_refused(AttributeError, message, self.patch.object, Client, "fetch", retrun_value=5)
        self.assertEqual(vars(Client)["fetch"].__name__, "fetch")

    def test_the_remedy_for_what_is_missing(self) -> None:
        with self.assertRaises(AttributeError) as caught:
            self.patch.object(Client, "other")
        self.assertEqual(caught.exception.__notes__, ["To make it for the test, use create=True"])

    def test_what_is_missing_can_be_made(self) -> None:
        other = self.patch.object(Client, "other", create=True, return_value=5)
        self.assertEqual(Client.other(), 5)  # type: ignore[attr-defined]  # made here
        with self.assertRaises(AttributeError):
            other.has_calls()
        self.undo()
        self.assertFalse(hasattr(Client, "other"))

    def test_no_spec(self) -> None:
        fetch = self.patch.object(Client, "fetch", spec=False, return_value=5)
        self.assertEqual(asyncio.run(self.client.fetch("tea", "anything")), 5)  # type: ignore[call-arg]  # no spec
        count = self.patch.object(Client, "count", spec=False)
        self.assertEqual((type(fetch).__name__, type(count).__name__), ("AsyncMock", "MagicMock"))
        message = "'awaited_once' is not an assertion of the mock 'Client.fetch'. Did you mean 'assert_awaited_once'?"
        self.assert_refused(AttributeError, message, getattr, fetch, "awaited_once")

    def test_no_spec_of_a_static_method(self) -> None:
        class Shop:
            @staticmethod
            async def open() -> None: ...

        self.assertEqual(type(self.patch.object(Shop, "open", spec=False)).__name__, "AsyncMock")

    def test_another_spec(self) -> None:
        self.patch.object(self.client, "url", spec=Order)
        self.assertIsInstance(self.client.url, Order)

    def test_what_is_said_of_a_mock_that_is_not_made(self) -> None:
        for said in ({"return_value": 1}, {"spec": False}, {"allow_unawaited": True}):
            message = f"'fetch' is replaced by 5, not by a new mock, so it can't take: {next(iter(said))}"
            self.assert_refused(TypeError, message, self.patch.object, Client, "fetch", 5, **said)

    def test_what_patches_of_unittest_are_told(self) -> None:
        reasons = {
            "autospec": "the mock is autospecced by default",
            "new_callable": "call it, and give what it returns as new",
            "spec_set": "the mock has a spec by default",
        }
        for name, reason in reasons.items():
            message = f"patches of the toolkit do not take {name}: {reason}"
            self.assert_refused(TypeError, message, self.patch.object, Client, "fetch", **{name: True})

    def test_a_name_in_place_of_an_object(self) -> None:
        message = "patch.object() takes the object itself, not 'shop'. Or use patch(\"shop.fetch\")"
        self.assert_refused(TypeError, message, self.patch.object, "shop", "fetch")

    def test_an_attribute_in_place_of_its_name(self) -> None:
        message = (
            f"patch.object() takes the object, and then the name of its attribute as a string, not {Client.fetch!r}"
        )
        self.assert_refused(TypeError, message, self.patch.object, Client, Client.fetch)

    def test_a_mock_of_somebody_else(self) -> None:
        self.client.fetch = mock.AsyncMock()  # type: ignore[method-assign]  # what is tested
        message = "Client.fetch is already a mock. Give the object that the new one imitates as spec, or spec=False"
        self.assert_refused(TypeError, message, self.patch.object, self.client, "fetch")
        self.patch.object(self.client, "fetch", spec=Client.fetch)


class PatchMultipleTests(PatchTestCase):
    def test_mocks_and_values(self) -> None:
        mocks = self.patch.multiple(Client, fetch=mock.DEFAULT, limit=10)
        self.assertEqual((list(mocks), Client.limit), (["fetch"], 10))
        self.assertIs(Client.fetch, mocks["fetch"])
        self.undo()
        self.assertEqual((Client.limit, Client.fetch.__name__), (5, "fetch"))

    def test_by_name(self) -> None:
        self.patch.multiple(f"{__name__}.Client", limit=10)
        self.assertEqual(Client.limit, 10)

    def test_all_or_none(self) -> None:
        message = "Client has no attribute 'lmiit'. Did you mean 'limit'?"
        self.assert_refused(AttributeError, message, self.patch.multiple, Client, fetch=5, lmiit=10)
        self.assertEqual(Client.fetch.__name__, "fetch")

    def test_without_specs(self) -> None:
        mocks = self.patch.multiple(Client, spec=False, create=True, fetch=mock.DEFAULT, other=mock.DEFAULT)
        self.assertEqual([type(each).__name__ for each in mocks.values()], ["AsyncMock", "MagicMock"])


class PatchDictTests(PatchTestCase):
    def test_items(self) -> None:
        limits = {"tea": 1, "milk": 2}
        self.assertIs(self.patch.dict(limits, {"tea": 5}, sugar=3), limits)
        self.assertEqual(limits, {"tea": 5, "milk": 2, "sugar": 3})
        self.undo()
        self.assertEqual(limits, {"tea": 1, "milk": 2})

    def test_pairs(self) -> None:
        limits = {"tea": 1}
        self.patch.dict(limits, [("tea", 5)], clear=True)
        self.assertEqual(limits, {"tea": 5})

    def test_by_name(self) -> None:
        self.patch.dict(f"{__name__}.LIMITS", tea=5)
        self.assertEqual(LIMITS, {"tea": 5})

    def test_what_others_change_is_undone(self) -> None:
        limits = self.patch.dict({"tea": 1})
        limits["milk"] = 2
        self.undo()
        self.assertEqual(limits, {"tea": 1})

    def test_what_is_no_dictionary(self) -> None:
        for target in (5, f"{__name__}.Client"):
            message = f"patch.dict() takes a dictionary or the name of one, not {target!r}"
            self.assert_refused(TypeError, message, self.patch.dict, target)


class PatchEnvTests(unittest.TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.dict(os.environ, SHOP_URL="url"))
        self.case = PatchTestCase()

    def assert_changes(self, change: Callable[[dict[str, str]], None], *args: Any, **kwargs: Any) -> None:
        """Assert what a patch changes, and that its end changes it back."""
        before = dict(os.environ)
        expected = dict(before)
        change(expected)
        self.case.patch.env(*args, **kwargs)
        self.assertEqual(dict(os.environ), expected)
        self.case.doCleanups()
        self.assertEqual(dict(os.environ), before)

    def test_variables_are_set(self) -> None:
        self.assert_changes(
            lambda variables: variables.update(SHOP_URL="other", SHOP_ITEM="tea"),
            {"SHOP_ITEM": "tea"},
            SHOP_URL="other",
        )

    def test_variables_are_taken_away(self) -> None:
        self.assert_changes(lambda variables: variables.__delitem__("SHOP_URL"), SHOP_URL=None, SHOP_NOTHING=None)

    def test_all_others_are_taken_away(self) -> None:
        def change(variables: dict[str, str]) -> None:
            variables.clear()
            variables["SHOP_DEBUG"] = "1"

        self.assert_changes(change, clear=True, SHOP_DEBUG="1")

    def test_what_is_no_string(self) -> None:
        before = dict(os.environ)
        with self.assertRaises(TypeError) as caught:
            self.case.patch.env(SHOP_DEBUG=1)  # type: ignore[arg-type]  # what is tested
        expected = "the environment variable SHOP_DEBUG must be a string, or None to remove it, not 1"
        self.assertEqual((str(caught.exception), dict(os.environ)), (expected, before))


class PlaceTests(unittest.TestCase):
    """Where in a test a patch may be made."""

    def assert_patched_in(self, hook: str, base: type[TestCase]) -> None:
        def patch(case: Any) -> None:
            case.patch.object(Client, "limit", 10)

        async def patch_inside(case: Any) -> None:
            patch(case)

        def body(case: Any) -> None:
            if hook == "test":
                patch(case)
            seen.append(Client.limit)

        seen: list[int] = []
        hooks = {"setUp": patch, "asyncSetUp": patch_inside, "test": body}
        bases = (MockToolkit,) if base is TestCase else (base, MockToolkit)
        kind = type("Case", bases, {"test": body, hook: hooks[hook]})
        self.assertEqual((run(kind).log[1:-1], seen, Client.limit), (["addSuccess"], [10], 5))

    def test_each_place(self) -> None:
        for base in (TestCase, IsolatedAsyncioTestCase, AsyncTestCase):
            for hook in ("setUp", "asyncSetUp", "test")[:: 2 if base is TestCase else 1]:
                with self.subTest(base=base.__name__, hook=hook):
                    self.assert_patched_in(hook, base)

    def test_it_ends_with_its_cleanup(self) -> None:
        def set_up(case: Any) -> None:
            case.addCleanup(lambda: seen.append(Client.limit))
            case.patch.object(Client, "limit", 10)
            case.addCleanup(lambda: seen.append(Client.limit))

        seen: list[int] = []
        run(type("Case", (MockToolkit, TestCase), {"test": lambda _case: None, "setUp": set_up}))
        self.assertEqual(seen, [10, 5])

    def test_it_is_undone_when_the_test_fails(self) -> None:
        def body(case: Any) -> None:
            case.patch.object(Client, "limit", 10)
            raise OSError

        self.assertEqual(run(type("Case", (MockToolkit, TestCase), {"test": body})).log[1:-1], ["addError OSError()"])
        self.assertEqual(Client.limit, 5)


class OverlapTests(PatchTestCase):
    """Patches that overlap are undone whatever their order."""

    def test_twice_in_one_test(self) -> None:
        self.patch.object(Client, "fetch", return_value="tea")
        self.patch.object(Client, "fetch", return_value="milk")
        self.assertEqual(asyncio.run(self.client.fetch("tea")), "milk")
        self.undo()
        self.assertIs(type(asyncio.run(self.client.fetch("tea"))), Order)

    def test_two_tests_of_which_the_first_ends_first(self) -> None:
        first, second = PatchTestCase(), PatchTestCase()
        first.patch.object(Client, "limit", 10)
        second.patch.object(Client, "limit", 20)
        first.doCleanups()
        self.assertEqual(Client.limit, 20)
        second.doCleanups()
        self.assertEqual(Client.limit, 5)

    def test_tasks_that_patch_out_of_order(self) -> None:
        async def work(value: int, begin: asyncio.Event, begun: asyncio.Event, end: asyncio.Event) -> None:
            await begin.wait()
            undo = replace_attribute(Client, "limit", value)
            begun.set()
            await end.wait()
            undo()

        async def main() -> None:
            begin, second, end, last = (asyncio.Event() for _ in range(4))
            begin.set()
            first = asyncio.create_task(work(10, begin, second, end))
            other = asyncio.create_task(work(20, second, end, last))
            await first
            self.assertEqual(Client.limit, 20)
            last.set()
            await other

        asyncio.run(main())
        self.assertEqual(Client.limit, 5)
