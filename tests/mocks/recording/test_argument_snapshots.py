"""The arguments of a call are known as they were when it was made, and none of the user's code runs for that."""

import copy
import dataclasses
import enum
import unittest
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
from hypothesis import given, strategies as st

from aiounit.mocks.recording.argument_snapshots import Snapshot

Point = namedtuple("Point", ["x", "y"])


@dataclasses.dataclass
class Order:
    item: str
    lines: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Slotted:
    item: str
    lines: list[int]


@dataclasses.dataclass(frozen=True)
class Frozen:
    lines: list[int]


@dataclasses.dataclass(eq=False)
class Session:
    item: str = "tea"
    lines: list[int] = dataclasses.field(default_factory=list)


class Client:
    """Has attributes of its own."""

    def __init__(self) -> None:
        self.name = "shop"
        self.lines = [1]
        self.prices = {"tea": 1}
        self.parent: object = None
        self._cache = 0


class Hostile:
    """Must be left alone."""

    def refuse(self, *_: object, **__: object) -> Any:
        raise SystemError("the user's code was run")

    __eq__ = __hash__ = __copy__ = __deepcopy__ = __reduce_ex__ = __repr__ = __iter__ = __len__ = __bool__ = refuse
    __getattribute__ = __getattr__ = __setattr__ = refuse


@dataclasses.dataclass
class HostileFields(Order):
    """Has fields, and all code around them is its own."""

    def refuse(self, *_: object, **__: object) -> Any:
        raise SystemError("the user's code was run")

    __init__ = __copy__ = __deepcopy__ = __repr__ = __setattr__ = refuse
    __eq__ = __hash__ = refuse  # pyright: ignore[reportAssignmentType]


class HostileList(list[Any]):
    def refuse(self, *_: object, **__: object) -> Any:
        raise SystemError("the user's code was run")

    __eq__ = __iter__ = __copy__ = __deepcopy__ = __len__ = __repr__ = copy = refuse


def snapshot(*args: Any, **kwargs: Any) -> Snapshot:
    return Snapshot(args, kwargs)


Change = tuple[Any, Callable[[Any], object]]


def changes() -> Iterator[Change]:
    """Yield values that can be copied, each with a way to change it."""
    yield [1, 2], list.clear
    yield {"a": 1}, lambda value: value.update(a=2)
    yield {"a": 1}, lambda value: value.update(b=2)
    yield {(1, "a"): [1]}, lambda value: value[1, "a"].append(2)
    yield {1, 2}, lambda value: value.add(3)
    yield bytearray(b"tea"), lambda value: value.extend(b"s")
    yield deque([1, 2], maxlen=2), lambda value: value.append(3)
    yield OrderedDict(a=1), lambda value: value.update(a=2)
    yield defaultdict(list, a=[1]), lambda value: value["b"]
    yield Counter("tea"), lambda value: value.update("a")
    yield [[1], {"a": [2]}], lambda value: value[1]["a"].append(3)
    yield ([1], 2), lambda value: value[0].append(3)
    yield Point([1], 2), lambda value: value.x.append(3)
    yield Order("tea", [1]), lambda value: setattr(value, "item", "milk")
    yield Order("tea", [1]), lambda value: value.lines.append(2)
    yield Slotted("tea", [1]), lambda value: value.lines.append(2)
    yield Slotted("tea", [1]), lambda value: setattr(value, "item", "milk")
    yield Frozen([1]), lambda value: value.lines.append(2)
    yield [Order("tea", [1])], lambda value: setattr(value[0], "item", "milk")
    yield list(range(10_000)), list.clear


class CopyTests(unittest.TestCase):
    def test_a_value_that_is_changed_is_known_as_it_was(self) -> None:
        for value, change in changes():
            with self.subTest(value=value):
                before = copy.deepcopy(value)
                taken = snapshot(value, key=value)
                change(value)
                self.assertEqual((taken.args, taken.kwargs), ((before,), {"key": before}))
                self.assertIs(type(taken.args[0]), type(before))
                self.assertIn(f"it is {value!r} now"[:60], taken.changes[0])
                self.assertEqual(taken.changes["key"], taken.changes[0])

    def test_a_value_that_is_not_changed_is_the_very_object(self) -> None:
        for value, _ in changes():
            with self.subTest(value=value):
                taken = snapshot(value, key=value)
                self.assertIs(taken.args[0], value)
                self.assertIs(taken.kwargs["key"], value)
                self.assertEqual(taken.changes, {})

    def test_a_value_that_is_changed_back_is_the_very_object(self) -> None:
        value = [1, 2]
        taken = snapshot(value)
        value.append(3)
        value.pop()
        self.assertIs(taken.args[0], value)

    def test_what_was_copied_is_known(self) -> None:
        inner = [1]
        value = {"inner": inner}
        taken = snapshot(value)
        inner.append(2)
        copied = taken.args[0]
        self.assertIs(taken.originals[id(copied)], value)
        self.assertIs(taken.originals[id(copied["inner"])], inner)

    def test_a_value_that_holds_itself(self) -> None:
        value: list[Any] = [1]
        value.append(value)
        taken = snapshot(value)
        self.assertIs(taken.args[0], value)
        value.append(2)
        copied = taken.args[0]
        self.assertEqual(copied[0], 1)
        self.assertIs(copied[1], copied)

    def test_a_value_that_is_there_twice(self) -> None:
        value = [1]
        taken = snapshot([value, value])
        value.append(2)
        first, second = taken.args[0]
        self.assertEqual(first, [1])
        self.assertIs(first, second)

    def test_an_object_in_a_container_stays_what_it_is(self) -> None:
        item = object()
        value: list[Any] = [item]
        taken = snapshot(value)
        value.clear()
        self.assertIs(taken.args[0][0], item)

    def test_arguments_that_can_not_change(self) -> None:
        args = (1, "tea", None, (1, (2, "a")), frozenset([1]), Path(), len, Order, enum.Enum("Kind", "TEA"), object())
        self.assertEqual(snapshot(*args).args, args)
        self.assertEqual(snapshot(*args).changes, {})

    def test_attrs(self) -> None:
        @attrs.define
        class Parcel:
            lines: list[int]

        value = Parcel([1])
        taken = snapshot(value)
        value.lines.append(2)
        self.assertEqual(taken.args, (Parcel([1]),))

    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=20,
    )

    @given(values)
    def test_any_value(self, value: Any) -> None:
        before = repr(value)
        taken = snapshot(value)
        self.assertIs(taken.args[0], value)
        scramble(value)
        self.assertEqual(repr(taken.args[0]), before)


def scramble(value: Any) -> None:
    """Change all that can be changed in a value."""
    match value:
        case list():
            for each in value:
                scramble(each)
            value.append("changed")
        case dict():
            for each in value.values():
                scramble(each)
            value["changed"] = True
        case tuple():
            for each in value:
                scramble(each)


class NoCopyTests(unittest.TestCase):
    """What is not copied is looked at, and a change of it can be told."""

    def test_an_object_with_attributes(self) -> None:
        client: Any = Client()
        taken = snapshot(client)
        self.assertEqual(taken.changes, {})
        client.name = "other"
        client.lines.append(2)
        client.prices["milk"] = 2
        client._cache = 1
        client.size = 5
        self.assertIs(taken.args[0], client)
        self.assertEqual(
            taken.changes,
            {
                0: "Client.name was 'shop', and is 'other' now, "
                "Client.lines was [1], and is [1, 2] now, "
                "Client.prices was {'tea': 1}, and is {'tea': 1, 'milk': 2} now, "
                "Client.size is new: 5"
            },
        )

    def test_another_object(self) -> None:
        client: Any = Client()
        client.parent = Client()
        taken = snapshot(client)
        client.parent = None
        del client.name
        self.assertEqual(taken.changes, {0: "Client.name is gone, Client.parent was another one, and is None now"})

    def test_an_object_without_equality(self) -> None:
        session = Session()
        taken = snapshot([session])
        session.item = "milk"
        self.assertIs(taken.args[0][0], session)
        self.assertEqual(taken.changes, {0: "Session.item was 'tea', and is 'milk' now"})

    def test_a_value_that_is_too_large(self) -> None:
        for value in (list(range(10_001)), bytearray(1_000_001)):
            with self.subTest(len(value)):
                count = len(value)
                taken = snapshot(value)
                self.assertEqual(taken.changes, {})
                value.clear()
                self.assertIs(taken.args[0], value)
                self.assertEqual(taken.changes, {0: f"it had {count} items, and has 0 now"})

    def test_a_value_that_is_too_deep(self) -> None:
        value: Any = []
        for _ in range(100_000):
            value = [value]
        taken = snapshot(value)
        self.assertIs(taken.args[0], value)
        while value:
            value = value.pop()

    def test_a_mock(self) -> None:
        mocked = mock.MagicMock()
        taken = snapshot(mocked)
        mocked.name = "tea"
        self.assertEqual((taken.args, taken.changes), ((mocked,), {}))
        self.assertEqual(mocked.mock_calls, [])

    def test_an_object_with_very_many_attributes(self) -> None:
        client = Client()
        for number in range(200):
            setattr(client, f"a{number}", number)
        taken = snapshot(client)
        client.name = "other"
        self.assertEqual(taken.changes, {})

    def test_large_attributes_and_those_of_other_kinds(self) -> None:
        client: Any = Client()
        client.lines, client.prices = [*range(101)], {"tea": object()}
        taken = snapshot(client)
        client.lines.append(2)
        client.prices["milk"] = 2
        self.assertEqual(taken.changes, {})

    def test_dictionaries_with_keys_of_other_kinds(self) -> None:
        key = Client()
        value: dict[Any, Any] = {key: [1]}
        other: Any = defaultdict(list, {key: [1]})
        taken = snapshot(value, other)
        self.assertEqual(taken.args, (value, other))
        value.clear()
        self.assertEqual(taken.args[0], {key: [1]})


class HostileTests(unittest.TestCase):
    """None of the user's code runs."""

    def test_an_object(self) -> None:
        hostile = Hostile()
        for args in ((hostile,), ([hostile],), ({"a": hostile},), ((hostile, [hostile]),)):
            taken = Snapshot(args, {"key": hostile})
            self.assertIs(taken.args[0], args[0])
            self.assertIs(taken.kwargs["key"], hostile)

    def test_a_key_and_a_member(self) -> None:
        class Key:
            """Can be hashed and compared, until it can't."""

            is_open = True

            def __hash__(self) -> int:
                assert Key.is_open
                return 1

            def __eq__(self, other: object) -> bool:
                assert Key.is_open
                return self is other

        first, second = Key(), Key()
        values: list[Any] = [{first: [1], second: [2]}, {first, second}, defaultdict(list, {first: [1]})]
        Key.is_open = False
        taken = snapshot(*values)
        self.assertTrue(all(map(lambda a, b: a is b, taken.args, values)))
        values[0].clear()
        values[1].clear()
        self.assertEqual([len(each) for each in taken.args], [2, 2, 1])

    def test_a_class_that_can_not_be_hashed_or_compared(self) -> None:
        def refuse(*_: object) -> Any:
            raise SystemError("the user's code was run")

        names = ["__eq__", "__hash__", "__getattribute__", "__instancecheck__", "__subclasscheck__"]
        meta: Any = type("Meta", (type,), dict.fromkeys(names, refuse))
        kind = meta("Kind", (), {})
        value = object.__new__(kind)
        items = [value]
        taken = snapshot(value, items)
        self.assertTrue(taken.args[0] is value and taken.args[1] is items)
        items.append(value)
        self.assertEqual(len(taken.args[1]), 1)

    def test_a_dataclass(self) -> None:
        value = object.__new__(HostileFields)
        vars(value).update(item="tea", lines=[1])
        taken = snapshot(value)
        self.assertIs(taken.args[0], value)
        vars(value)["lines"].append(2)
        self.assertEqual(vars(taken.args[0]), {"item": "tea", "lines": [1]})

    def test_a_container_of_a_class_of_its_own(self) -> None:
        value = HostileList()
        self.assertIs(snapshot(value).args[0], value)
        self.assertIs(snapshot([value]).args[0][0], value)

    def test_a_class_that_makes_its_instances_itself(self) -> None:
        @dataclasses.dataclass
        class Single(Order):
            def __new__(cls, *_: object) -> "Single":
                return object.__new__(cls)

        value = Single("tea")
        taken = snapshot(value)
        value.item = "milk"
        self.assertIs(taken.args[0], value)
        self.assertEqual(taken.changes, {0: "Single.item was 'tea', and is 'milk' now"})
