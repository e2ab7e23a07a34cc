"""What annotations say, and that those that can't be evaluated say nothing."""

import functools
import sys
import types
import typing
import unittest
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import typing_extensions

from aiounit.mocks.specs import hints

if typing.TYPE_CHECKING:

    class Unknown:
        """What is not there when annotations are evaluated."""


T = TypeVar("T")
U = TypeVar("U")


class Order:
    """Something that is returned."""


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


class Shop:
    def plain(self) -> Order:
        raise NotImplementedError

    def quoted(self) -> "Order":
        raise NotImplementedError

    def nothing(self) -> None: ...

    def nothing_quoted(self) -> "None": ...

    def itself(self) -> Self:
        raise NotImplementedError

    def itself_quoted(self) -> "Self":
        raise NotImplementedError

    def unknown(self) -> "Unknown":
        raise NotImplementedError

    if sys.version_info >= (3, 14):  # where annotations are evaluated when they are asked for

        def unquoted(self) -> Unknown: ...

    def unknown_parameter(self, item: "Unknown") -> "Order":
        raise NotImplementedError

    def unannotated(self): ...  # type: ignore[no-untyped-def]  # what is tested

    @staticmethod
    def static() -> Order:
        raise NotImplementedError

    @classmethod
    def of_class(cls) -> Order:
        raise NotImplementedError

    @wrapped
    def decorated(self) -> Order:
        raise NotImplementedError

    @property
    def last(self) -> Order:
        raise NotImplementedError

    @functools.cached_property
    def first(self) -> Order:
        raise NotImplementedError


class ReturnTests(unittest.TestCase):
    def assert_hint(self, name: str, expected: object) -> None:
        self.assertEqual(hints.return_hint(vars(Shop)[name], Shop), expected)

    def test_functions(self) -> None:
        for name in ("plain", "quoted", "static", "of_class", "decorated", "unknown_parameter"):
            with self.subTest(name):
                self.assert_hint(name, Order)

    def test_properties(self) -> None:
        for name in ("last", "first"):
            with self.subTest(name):
                self.assert_hint(name, Order)

    def test_a_bound_method(self) -> None:
        self.assertEqual(hints.return_hint(Shop().plain, Shop), Order)

    def test_none(self) -> None:
        self.assert_hint("nothing", None)
        self.assert_hint("nothing_quoted", None)

    def test_self_is_the_class(self) -> None:
        self.assert_hint("itself", Shop)
        self.assert_hint("itself_quoted", Shop)

    def test_self_without_a_class(self) -> None:
        self.assertEqual(hints.return_hint(Shop.itself, None), Any)

    def test_what_says_nothing(self) -> None:
        names = {"unknown", "unannotated", "unquoted"} & vars(Shop).keys()
        for name in sorted(names):
            with self.subTest(name):
                self.assert_hint(name, Any)

    def test_what_is_no_function(self) -> None:
        for function in (len, 5, None):
            self.assertEqual(hints.return_hint(function, None), Any)

    def test_what_wraps_itself(self) -> None:
        def circular() -> Order:
            raise NotImplementedError

        circular.__wrapped__ = circular  # type: ignore[attr-defined]  # what is tested
        self.assertEqual(hints.return_hint(circular, None), Order)


class ArgumentTests(unittest.TestCase):
    def test_one_of_several(self) -> None:
        hint = Generator[int, None, Order]
        self.assertEqual([hints.argument_of(hint, index, None) for index in range(3)], [int, None, Order])

    def test_one_that_is_not_there(self) -> None:
        self.assertEqual(hints.argument_of(AsyncIterator[Order], 1, None), Any)
        self.assertEqual(hints.argument_of(Order, 0, None), Any)

    def test_a_parameter(self) -> None:
        hint: Any = AsyncIterator
        self.assertEqual(hints.argument_of(hint[T], 0, Box[int]), int)


class Box(Generic[T]):
    item: T

    def get(self) -> T:
        raise NotImplementedError

    def get_other(self: U) -> U:
        raise NotImplementedError


class Pair(Box[T], Generic[T, U]):
    other: U


class OrderPair(Pair[Order, int]):
    pass


class ParameterTests(unittest.TestCase):
    """What the parameters of classes stand for."""

    def test_the_arguments_of_the_class(self) -> None:
        self.assertEqual(hints.return_hint(Box.get, Box[int]), int)

    def test_the_arguments_of_a_base_class(self) -> None:
        self.assertEqual(hints.return_hint(Pair.get, Pair[Order, int]), Order)
        self.assertEqual(hints.return_hint(OrderPair.get, OrderPair), Order)

    def test_no_arguments(self) -> None:
        self.assertEqual(hints.return_hint(Box.get, Box), object)

    def test_what_is_no_parameter_of_the_class(self) -> None:
        self.assertEqual(hints.return_hint(Box.get_other, Box[int]), Any)

    def test_no_class(self) -> None:
        self.assertEqual(hints.return_hint(Box.get, None), Any)

    def test_attributes(self) -> None:
        self.assertEqual(hints.attribute_hints(OrderPair), {"item": Order, "other": int})

    def test_the_class_itself(self) -> None:
        self.assertEqual([hints.class_of(each) for each in (Box[int], Box, None)], [Box, Box, None])


class AttributeTests(unittest.TestCase):
    def test_annotated_ones(self) -> None:
        class Store:
            order: Order
            quoted: "Order"
            unknown: "Unknown"
            count: int = 0

        self.assertEqual(hints.attribute_hints(Store), {"order": Order, "quoted": Order, "unknown": Any})

    def test_those_that_init_sets(self) -> None:
        class Store:
            count = 0

            def __init__(self, order: Order) -> None:
                self.order = order
                self.count = 1

        self.assertEqual(hints.attribute_hints(Store), {"order": Any})

    def test_those_of_base_classes(self) -> None:
        class Base:
            order: Order

            def __init__(self) -> None:
                self.name = "tea"

        class Store(Base):
            def __init__(self) -> None:
                super().__init__()
                self.price = 5

        self.assertEqual(hints.attribute_hints(Store), {"name": Any, "order": Order, "price": Any})

    def test_fields_of_dataclasses(self) -> None:
        @dataclass
        class Store:
            order: Order
            count: int = 0

        @dataclass(slots=True)
        class Slotted:
            order: Order

        for kind in (Store, Slotted):
            self.assertEqual(hints.attribute_hints(kind), {"order": Order})

    def test_a_class_of_no_module(self) -> None:
        kind = types.new_class("Store", exec_body=lambda body: body.update(__module__="nowhere"))
        self.assertEqual(hints.attribute_hints(kind), {})


class UnwrappedTests(unittest.TestCase):
    def test_names_for_a_hint(self) -> None:
        alias = typing_extensions.TypeAliasType("alias", Order)  # pyright: ignore[reportGeneralTypeIssues]
        for hint in (alias, Annotated[Order, 1], ClassVar[Order], Order | None, Annotated[Order | None, 1]):
            self.assertIs(hints.unwrapped(hint), Order)

    def test_several_classes(self) -> None:
        self.assertIs(hints.unwrapped(Order | int), Any)
