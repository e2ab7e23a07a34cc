"""The private names of unittest.mock that aiounit leans on are there, and mean what aiounit takes them for."""

import asyncio
import functools
import inspect
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from aiounit import _stdlib
from tests.support import run

# Each is shown below to behave as aiounit relies on. Whoever adds one to mocks.py adds its test here.
PRIVATE_NAMES = {
    "__unittest",
    "_checksig_",
    "_execute_mock_call",
    "_extract_mock_name",
    "_get_child_mock",
    "_is_coroutine",
    "_mock_children",
    "_mock_delegate",
    "_mock_methods",
    "_mock_name",
    "_mock_new_parent",
    "_mock_parent",
    "_mock_return_value",
    "_new_name",
    "_spec_signature",
}


class Plain(TestCase):
    def test(self) -> None:
        """Pass."""


class Isolated(IsolatedAsyncioTestCase):
    async def test(self) -> None:
        """Pass."""


class ParentTests(TestCase):
    def test_a_mock_that_is_asynchronous_like_its_parent(self) -> None:
        class Client:
            async def fetch(self) -> None: ...

        answer = asyncio.run(mock.AsyncMock()())
        for mocked in (mock.AsyncMock().fetch, answer.json, mock.AsyncMock().client.fetch):
            self.assertTrue(_stdlib.mocks.is_async_by_parent(mocked))
        others = [mock.AsyncMock(), mock.AsyncMock(spec=Client).fetch, mock.MagicMock(spec=Client).fetch]
        parent = mock.create_autospec(Client, instance=True)
        for mocked in (*others, parent.fetch, mock.MagicMock().fetch):
            self.assertFalse(_stdlib.mocks.is_async_by_parent(mocked))


class SideEffectTests(TestCase):
    def test_what_a_mock_awaits_by_itself(self) -> None:
        async def effect() -> str:
            return "tea"

        def give() -> Any:
            return effect()

        for function in (effect, functools.partial(effect), give):
            with self.subTest(function):
                result = asyncio.run(mock.AsyncMock(side_effect=function)())
                self.assertEqual(_stdlib.mocks.is_awaited_by_mocks(function), result == "tea")
                if result != "tea":
                    result.close()


class WatchedMockTests(TestCase):
    """What the recorder of mocks hooks into."""

    def watched(self, watched: Any, log: list[object]) -> Any:
        def execute(original: Any, mocked: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            log.append((args, kwargs))
            return original(mocked, *args, **kwargs)

        class Children(dict[str, Any]):
            def __setitem__(self, name: str, child: object) -> None:
                super().__setitem__(name, child)
                log.append(f"child {name}")

        _stdlib.mocks.watch_mock(
            watched, lambda _: execute, lambda _, child: log.append(f"made {child._mock_new_name}"), Children
        )
        return watched

    def test_every_mock_has_a_class_of_its_own(self) -> None:
        for kind in (mock.Mock, mock.MagicMock, mock.AsyncMock, mock.NonCallableMock):
            self.assertIsNot(type(kind()), type(kind()))

    def test_a_synchronous_call(self) -> None:
        log: list[object] = []
        self.assertEqual(self.watched(mock.MagicMock(return_value=3), log)("tea", size=2), 3)
        self.assertEqual(log, [(("tea",), {"size": 2})])

    def test_a_call_that_is_left_alone(self) -> None:
        mocked = mock.MagicMock(return_value=3)
        _stdlib.mocks.watch_mock(mocked, lambda _: None, lambda *_: None, dict)
        self.assertEqual(mocked("tea"), 3)

    def test_an_asynchronous_call_is_seen_when_it_is_made(self) -> None:
        log: list[object] = []
        coroutine = self.watched(mock.AsyncMock(return_value=3), log)("tea")
        self.assertEqual(log, [(("tea",), {})])
        self.assertEqual(asyncio.run(coroutine), 3)

    def test_a_call_is_in_the_list_by_then_and_an_await_is_not(self) -> None:
        seen: list[tuple[int, int]] = []

        def execute(_original: Any, mocked: Any, _args: object, _kwargs: object) -> None:
            seen.append((len(mocked.call_args_list), len(mocked.await_args_list)))

        mocked = mock.AsyncMock()
        _stdlib.mocks.watch_mock(mocked, lambda _: execute, lambda *_: None, dict)
        mocked()
        self.assertEqual(seen, [(1, 0)])

    def test_an_await_is_in_the_list_once_it_has_begun(self) -> None:
        mocked = mock.AsyncMock()
        coroutine = mocked()
        self.assertEqual(len(mocked.await_args_list), 0)
        with self.assertRaises(StopIteration):
            coroutine.send(None)
        self.assertEqual(len(mocked.await_args_list), 1)

    def test_a_reset_replaces_the_lists(self) -> None:
        for mocked in (mock.AsyncMock(), mock.create_autospec(self.wait)):
            before = (mocked.call_args_list, mocked.await_args_list)
            mocked.reset_mock()
            self.assertIsNot(mocked.call_args_list, before[0])
            self.assertIsNot(mocked.await_args_list, before[1])

    async def wait(self, seconds: float) -> None:
        """Be a spec."""

    def test_children_and_the_return_value_are_seen_when_they_are_made(self) -> None:
        log: list[object] = []
        mocked = self.watched(mock.MagicMock(), log)
        str(mocked.child)
        str(mocked.return_value)
        self.assertEqual(log, ["made child", "child child", "made ()"])

    def test_children_that_are_set_are_seen(self) -> None:
        log: list[object] = []
        self.watched(mock.MagicMock(), log).child = mock.AsyncMock()
        self.assertEqual(log, ["child child"])

    def test_children_of_autospec_that_are_made_late_are_seen(self) -> None:
        log: list[object] = []
        mocked = self.watched(mock.create_autospec(Plain), log)
        str(mocked.failureException)
        self.assertEqual(set(log), {"child failureException"})

    def test_a_mock_that_can_not_be_called_has_children(self) -> None:
        log: list[object] = []
        str(self.watched(mock.NonCallableMock(), log).child)
        self.assertEqual(log, ["made child", "child child"])

    def test_what_is_watched_is_not_watched_twice(self) -> None:
        log: list[object] = []
        self.watched(self.watched(mock.MagicMock(), log), log)()
        self.assertEqual(log, [((), {}), "made ()"])

    def test_the_return_value_is_not_made(self) -> None:
        mocked = mock.MagicMock()
        self.assertIs(_stdlib.mocks.return_value_of_mock(mocked), mock.DEFAULT)
        made = mocked.return_value
        self.assertIs(_stdlib.mocks.return_value_of_mock(mocked), made)

    def test_the_return_value_of_a_mock_that_can_not_be_called(self) -> None:
        self.assertIs(_stdlib.mocks.return_value_of_mock(mock.NonCallableMock()), mock.DEFAULT)

    def test_the_return_value_of_a_function_of_autospec(self) -> None:
        function = mock.create_autospec(run)
        function.return_value = 3
        self.assertEqual(_stdlib.mocks.return_value_of_mock(function.mock), 3)

    def test_names(self) -> None:
        mocked = mock.MagicMock(name="client")
        named = [mocked, mocked.fetch, mocked().fetch(), mock.MagicMock()]
        self.assertEqual(
            [_stdlib.mocks.name_of_mock(each) for each in named], ["client", "client.fetch", "client().fetch()", "mock"]
        )

    def test_signatures(self) -> None:
        expected = inspect.signature(run)
        for mocked in (mock.Mock(spec=run), mock.create_autospec(run).mock):
            self.assertEqual(_stdlib.mocks.signature_of_mock(mocked), expected)
        self.assertIsNone(_stdlib.mocks.signature_of_mock(mock.Mock()))
        self.assertEqual(str(_stdlib.mocks.signature_of_mock(mock.create_autospec(Plain).id)), "()")

    def test_kinds(self) -> None:
        kinds: list[Any] = [mock.AsyncMock(), mock.MagicMock(spec=self.wait), mock.MagicMock(), mock.Mock, None]
        self.assertEqual([_stdlib.mocks.is_mock(each) for each in kinds], [True, True, True, False, False])
        self.assertEqual([_stdlib.mocks.is_async_mock(each) for each in kinds], [True, True, False, False, False])

    def test_frames(self) -> None:
        seen: list[bool] = []

        def look(*_: object) -> None:
            for depth in range(6):
                seen.append(_stdlib.mocks.is_frame_of_mock(_stdlib.frames.frame(depth)))  # noqa: PERF401 (it would be a frame)

        mock.create_autospec(look, side_effect=look)()
        # This function, the three of unittest.mock, the one that autospec has made, and this test.
        self.assertEqual(seen, [False, True, True, True, True, False])


class MadeMockTests(TestCase):
    """What the toolkit does to the mocks that it makes."""

    def test_a_mock_awaits_an_object_that_is_marked(self) -> None:
        class Behaviour:
            async def __call__(self) -> int:
                return 3

        behaviour = Behaviour()
        _stdlib.mocks.mark_as_async(behaviour)
        self.assertEqual(asyncio.run(mock.AsyncMock(side_effect=behaviour)()), 3)

    def test_a_member_of_an_autospecced_object_gets_a_name_of_its_own(self) -> None:
        method = mock.create_autospec(Plain, instance=True).test
        self.assertRegex(repr(method), "^<MagicMock name='mock.test' spec='function' id='.*'>$")
        _stdlib.mocks.name_mock(method, "other")
        self.assertRegex(repr(method), "^<MagicMock name='other' spec='function' id='.*'>$")
        self.assertRegex(repr(method()), r"^<MagicMock name='other\(\)' id='.*'>$")

    def test_its_calls_are_no_calls_of_the_object(self) -> None:
        owner = mock.create_autospec(Plain, instance=True)
        method = owner.test
        _stdlib.mocks.name_mock(method, "other")
        method()
        self.assertEqual((method.mock_calls, owner.mock_calls), ([mock.call()], []))

    def test_a_return_value_is_made_when_it_is_asked_for(self) -> None:
        for mocked in (mock.MagicMock(), mock.create_autospec(Isolated, instance=True).test):
            make = mock.Mock(side_effect=mock.MagicMock)
            _stdlib.mocks.make_return_value(mocked, make)
            make.assert_not_called()
            self.assertIs(mocked.return_value, mocked.return_value)
            make.assert_called_once_with()
            self.assertRegex(repr(mocked.return_value), r"^<MagicMock name='mock.*\(\)' id='.*'>$")

    def test_attributes_are_made_as_ever(self) -> None:
        mocked = mock.MagicMock()
        _stdlib.mocks.make_return_value(mocked, lambda: None)
        self.assertRegex(repr(mocked.child), "^<MagicMock name='mock.child' id='.*'>$")

    def test_a_return_value_that_is_set_is_not_made(self) -> None:
        mocked = mock.MagicMock()
        _stdlib.mocks.make_return_value(mocked, lambda: self.fail("it is made"))
        mocked.return_value = 3
        self.assertEqual(mocked(), 3)

    def test_the_attributes_of_a_mock_are_looked_up_by_its_class(self) -> None:
        mocked: Any = mock.MagicMock()
        type(mocked).__getattr__ = lambda _mock, name: name
        self.assertEqual((mocked.child, hasattr(mock.MagicMock(), "other")), ("child", True))

    def test_the_methods_of_an_autospecced_object_stand_in_its_dictionary(self) -> None:
        for spec in (Plain, Plain()):
            owner = mock.create_autospec(spec, instance=inspect.isclass(spec))
            method = vars(owner).pop("test")
            self.assertIs(owner.test, method)

    def test_a_mock_is_no_spec(self) -> None:
        with self.assertRaises(_stdlib.mocks.InvalidSpecError):
            mock.create_autospec(mock.Mock())


class CallableTests(IsolatedAsyncioTestCase):
    class Handler:
        async def __call__(self, item: str) -> None: ...

    async def test_the_calls_of_an_object_are_awaited(self) -> None:
        handler = mock.create_autospec(self.Handler, instance=True)
        _stdlib.mocks.make_async(handler)
        _stdlib.mocks.bind_calls(handler)
        await handler("tea")
        handler.assert_awaited_once_with(item="tea")
        self.assertTrue(_stdlib.mocks.is_async_mock(handler))


class CallTests(TestCase):
    def test_the_coroutine_of_a_mock_s_call(self) -> None:
        coroutine = mock.AsyncMock(name="fetch")("order", count=2)
        self.assertIs(coroutine.cr_code, _stdlib.mocks.MOCK_CALL)
        self.assertEqual(_stdlib.mocks.mock_call(coroutine), ("fetch", "fetch('order', count=2)"))
        coroutine.close()

    def test_a_call_with_something_that_can_not_be_described(self) -> None:
        class Odd:
            def __repr__(self) -> str:
                raise ValueError

        coroutine = mock.AsyncMock(name="fetch")(Odd())
        self.assertEqual(_stdlib.mocks.mock_call(coroutine), ("fetch", "fetch(...)"))
        coroutine.close()


class ModelTests(TestCase):
    def test_a_mock_that_is_made_from_a_model_has_the_attributes_of_one_that_stdlib_makes(self) -> None:
        class Spec:
            def method(self) -> None: ...

        original = mock.create_autospec(Spec, instance=True)
        made = _stdlib.mocks.Model(original).make("spec")
        self.assertEqual({*vars(made), "method"}, {*vars(original)})
        self.assertEqual({*vars(made.method)}, {*vars(original.method)})
        self.assertEqual((made._mock_name, made.method._mock_name), ("spec", "method"))
        self.assertIs(made.method._mock_parent, made)
        self.assertIs(original.method._mock_parent, original)
        self.assertEqual({*vars(type(made))} - {*vars(type(original))}, {"_get_child_mock"})

    def test_a_method_such_as_aenter_is_completed_when_it_is_made(self) -> None:
        names: list[str] = []
        entered = mock.MagicMock()
        for _ in range(2):  # the second time there is a mock instead of the proxy
            _stdlib.mocks.complete_magic(entered, "__aenter__", lambda method: names.append(repr(method)))
            self.assertTrue(callable(entered.__aenter__))
        self.assertEqual(len(names), 2)
