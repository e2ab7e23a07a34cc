"""A mock has a value in the place of a descriptor, of the kind that annotations tell of."""

import functools
import unittest
from typing import Any, Generic, Self, TypeVar, overload

from aiounit.mocks.specs.descriptors import function_in, gives_value, is_method, value_hint

T_co = TypeVar("T_co", covariant=True)


class Response:
    async def send(self, text: str) -> None: ...


class Slot:
    """As discord.py's ``cached_slot_property``."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __get__(self, instance: object, owner: object) -> Any:
        return self if instance is None else self.function(instance)


class Column(Generic[T_co]):
    """As mapped columns of SQLAlchemy."""

    @overload
    def __get__(self, instance: None, owner: object) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: object) -> T_co: ...
    def __get__(self, instance: object, owner: object) -> Self | T_co:
        raise NotImplementedError


class Fixed:
    def __get__(self, instance: object, owner: object) -> Response:
        raise AttributeError("not on the class")


class Silent:
    def __get__(self, instance: object, owner: object = None):  # type: ignore[no-untyped-def]
        return self


class Method:
    """As ``hybrid_method`` of SQLAlchemy."""

    def __init__(self, func: Any) -> None:
        self.func = func

    def __get__(self, instance: object, owner: object) -> Any:
        return functools.partial(self.func, instance or owner)


class Interaction:
    fixed = Fixed()
    silent = Silent()
    annotated: Response = Silent()  # type: ignore[assignment]
    optional: "Response | None" = Silent()  # type: ignore[assignment]
    column: Column[Response] = Column()
    made = Column[Response]()
    plain: Column[int] = Column()
    bare: Column = Column()  # type: ignore[type-arg]
    number = 5

    @Slot
    def response(self) -> Response:
        raise NotImplementedError

    @Slot
    def quoted(self) -> "Response | None":
        raise NotImplementedError

    @Slot
    def unannotated(self):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    @Method
    def reply(self, text: str) -> Response:
        raise NotImplementedError

    def method(self) -> None: ...

    static = staticmethod(print)


class DescriptorTests(unittest.TestCase):
    def test_what_gives_a_value(self) -> None:
        found = {name for name, each in vars(Interaction).items() if gives_value(each)}
        columns = {"column", "made", "plain", "bare"}
        self.assertEqual(
            found,
            {"fixed", "silent", "annotated", "optional", "response", "quoted", "unannotated", "reply", *columns},
        )

    def test_what_it_gives(self) -> None:
        expected: dict[str, Any] = {
            "fixed": Response,
            "silent": Any,
            "annotated": Response,
            "optional": Response,
            "column": Response,
            "made": Response,
            "plain": int,
            "response": Response,
            "quoted": Response | None,
            "unannotated": Any,
        }
        for name, hint in expected.items():
            with self.subTest(name):
                self.assertEqual(value_hint(vars(Interaction)[name], name, Interaction), hint)

    def test_its_function(self) -> None:
        names = vars(Interaction)
        self.assertIs(function_in(names["response"], "response"), names["response"].function)
        self.assertIs(function_in(names["response"], "renamed"), names["response"].function)
        self.assertIsNone(function_in(names["silent"], "silent"))

    def test_a_method(self) -> None:
        names = vars(Interaction)
        self.assertTrue(is_method(names["reply"].func))
        self.assertFalse(is_method(names["response"].function))
