"""The second mock of a class is as good as the first, is independent of it, and is never that of an older class."""

import inspect
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FunctionType
from typing import Any
from unittest import mock
from unittest.mock import create_autospec

from aiounit.mocks.specs import models
from aiounit.mocks.specs.autospec import autospec


class Base:
    def close(self) -> None: ...


class Other:
    def reset(self) -> None: ...
    def stop(self, code: int) -> None: ...


class Client(Base):
    limit = 3

    async def fetch(self, url: str, retries: int = 1) -> None: ...
    def name(self) -> None: ...
    @classmethod
    def make(cls, host: str) -> None: ...
    @property
    def size(self) -> None: ...


def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any: ...

    return wrapper


class Decorated:
    @decorate
    def fetch(self, url: str) -> None: ...


class Dynamic:
    class Descriptor:
        def __get__(self, instance: object, owner: type) -> object: ...

    attribute = Descriptor()


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


def function(item: str) -> None: ...


async def coroutine_function(item: str) -> None: ...


@contextmanager
def with_attribute(owner: Any, name: str, value: object) -> Iterator[None]:
    with mock.patch.object(owner, name, value, create=True):
        yield


class MakingTestCase(unittest.TestCase):
    def made(self, spec: object) -> int:
        """Return how often a mock of a spec has to be made by create_autospec."""
        with mock.patch("aiounit.mocks.specs.autospec.create_autospec", wraps=create_autospec) as making:
            self.mock: Any = autospec(spec)
        return making.call_count

    def setUp(self) -> None:
        patch = mock.patch.dict(models._known, clear=True)
        patch.start()
        self.addCleanup(patch.stop)


class KeptTests(MakingTestCase):
    def test_create_autospec_is_called_once_for_a_class_or_function(self) -> None:
        for spec in (Client, Decorated, function, coroutine_function):
            with self.subTest(spec):
                self.assertEqual([self.made(spec), self.made(spec)], [1, 0])

    def test_a_local_class_and_one_that_may_give_other_attributes_each_time_are_not_kept(self) -> None:
        class Local: ...

        class Holder:
            method = staticmethod(print)

        Holder.__qualname__ = "Holder"
        for spec in (Local, Dynamic, WithMeta, Holder):
            with self.subTest(spec):
                self.assertEqual([self.made(spec), self.made(spec)], [1, 1])

    def test_the_number_of_those_that_are_kept_is_limited(self) -> None:
        with mock.patch.object(models, "_MOST", 2):
            self.assertEqual([self.made(spec) for spec in (Client, Base, Other, Other, Client)], [1, 1, 1, 0, 1])


class ChangedTests(MakingTestCase):
    """A class that has changed since is looked at anew."""

    def test_an_attribute_that_is_added(self) -> None:
        self.made(Client)
        with with_attribute(Client, "added", function):
            self.assertEqual(self.made(Client), 1)
            self.mock.added()
        self.assertEqual(self.made(Client), 1)
        with self.assertRaises(AttributeError):
            self.mock.added()

    def test_a_method_that_is_replaced(self) -> None:
        self.made(Client)
        with with_attribute(Client, "fetch", Base.close):
            self.made(Client)
            self.mock.fetch()
        self.made(Client)
        with self.assertRaises(TypeError):
            self.mock.fetch()

    def test_a_method_of_a_base_that_is_replaced(self) -> None:
        self.made(Client)
        with with_attribute(Base, "close", Other.__dict__["stop"]):
            self.made(Client)
            self.mock.close(5)

    def test_a_method_that_is_patched(self) -> None:
        self.made(Client)
        with with_attribute(Client, "fetch", mock.Mock()):
            self.assertEqual(self.made(Client), 1)
        self.assertEqual(self.made(Client), 1)

    def test_other_bases(self) -> None:
        self.made(Client)
        Client.__bases__ = (Other,)
        try:
            self.made(Client)
            self.mock.reset()
        finally:
            Client.__bases__ = (Base,)

    def test_other_defaults_of_a_method(self) -> None:
        self.made(Client)
        with with_attribute(Client.fetch, "__defaults__", ("/", 1)):
            self.made(Client)
            self.mock.fetch().close()

    def test_another_signature_of_a_decorated_method(self) -> None:
        self.made(Decorated)
        inner: Any = inspect.unwrap(Decorated.fetch)
        with with_attribute(inner, "__defaults__", ("/",)):
            self.made(Decorated)
            self.mock.fetch()

    def test_another_code_of_a_function(self) -> None:
        self.made(function)

        def other(item: str, count: int) -> None: ...

        code, function.__code__ = function.__code__, other.__code__
        try:
            self.made(function)
            self.mock("tea", 2)
        finally:
            function.__code__ = code


class IndependenceTests(MakingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.first: Any = autospec(Client)
        self.second: Any = autospec(Client)

    def test_what_is_set_up_in_one_is_not_in_the_other(self) -> None:
        self.first.name.return_value = "tea"
        self.first.close.side_effect = OSError
        self.first.size = 5
        self.first.limit.real = 6
        self.assertNotEqual((self.second.name(), self.second.size), ("tea", 5))
        self.assertIsNot(self.second.limit.real, 6)
        self.second.close()

    def test_the_calls_of_one_are_not_those_of_the_other(self) -> None:
        self.first.name()
        self.first.name().upper()
        self.assertEqual(self.first.mock_calls, [mock.call.name(), mock.call.name(), mock.call.name().upper()])
        self.assertEqual((self.second.mock_calls, self.second.name.mock_calls), ([], []))

    def test_an_attribute_that_is_deleted_in_one_is_in_the_other(self) -> None:
        del self.first.name
        self.assertFalse(hasattr(self.first, "name"))
        self.second.name()
        self.assertFalse(hasattr(autospec(Client).fetch, "name"))


class LikenessTests(MakingTestCase):
    """What is made from a model answers as what create_autospec makes."""

    def test_of_a_class(self) -> None:
        made, original = autospec(Client), create_autospec(Client, instance=True, name="Client")
        self.assertEqual(self.about(made), self.about(original))
        for name in ("fetch", "name", "make", "close"):
            with self.subTest(name):
                self.assertEqual(self.about(getattr(made, name)), self.about(getattr(original, name)))
        self.assertIsInstance(made.name, FunctionType)

    def test_of_one_that_is_sealed(self) -> None:
        outcomes: list[str] = []
        for each in (autospec(Base), create_autospec(Base, instance=True)):
            mock.seal(each)
            try:
                outcomes.append(type(each.close()).__name__)
            except AttributeError:
                outcomes.append("is sealed")
        self.assertEqual(outcomes[0], outcomes[1])

    def about(self, made: Any) -> dict[str, object]:
        return {
            "bases": type(made).__bases__,
            "class": made.__class__,
            "name": repr(made).partition(" id=")[0],
            "attributes": {name for name in dir(made) if not name.startswith("_aiounit")},
            "signature": getattr(type(made), "__signature__", None),
            "module": type(made).__module__,
            "doc": type(made).__doc__,
        }
