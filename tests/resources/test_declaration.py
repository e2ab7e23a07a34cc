"""What can be a resource, and what is wrong when it is declared: whole messages."""

import contextlib
import functools
import sys
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from aiounit import (
    AsyncTestCase,
    DeclarationError,
    Resource,
    ResourceError,
    ResourceFactory,
    ScopeError,
    depends,
    resource,
    resource_factory,
)
from aiounit.introspect.places import Place
from tests.resources.support import run_suite

if TYPE_CHECKING:
    from decimal import Decimal


@resource
async def database() -> AsyncIterator[str]:
    yield "database"


def open_client() -> str:
    return "client"


async def connect_client() -> str:
    return "client"


def line_of(function: Callable[..., object]) -> str:
    code = function.__code__
    return f"({code.co_filename}, line {code.co_firstlineno})"


class MessageTest(unittest.TestCase):
    """What is wrong is said when it is declared."""

    def assert_raises(self, kind: type[Exception], message: str, function: Callable[[], object]) -> None:
        with self.assertRaises(kind) as caught:
            function()
        self.assertEqual(str(caught.exception), message)

    def test_a_scope_without_its_name(self) -> None:
        self.assert_raises(
            DeclarationError,
            "a resource is made from a function, not from 'class'. The scope is a keyword: "
            "write @resource(scope='class')",
            lambda: resource("class"),  # type: ignore[call-overload]
        )

    def test_a_class_method(self) -> None:
        method = classmethod(open_client)  # type: ignore[arg-type, var-annotated]
        self.assert_raises(
            DeclarationError,
            f"a resource is made from a function, not from {method!r}. Remove @classmethod: a resource with a scope "
            f"wider than a test receives the class anyway",
            lambda: resource(method),  # type: ignore[call-overload]
        )

    def test_a_resource_of_a_resource(self) -> None:
        self.assert_raises(
            DeclarationError,
            f"a resource is made from a function, not from {database!r}. It is already a resource: name it in the "
            f"body of a class",
            lambda: resource(database),  # type: ignore[call-overload]
        )

    def test_anything_else(self) -> None:
        self.assert_raises(
            DeclarationError,
            "a resource is made from a function, not from 1. Put @resource on a function that yields or returns it",
            lambda: resource(1),  # type: ignore[call-overload]
        )

    def test_a_dependency_that_is_none(self) -> None:
        self.assert_raises(
            DeclarationError,
            f"depends() takes a resource, not {open_client!r}. Did you forget @resource on it?",
            lambda: depends(open_client),  # type: ignore[arg-type]
        )

    def test_a_dependency_that_is_a_value(self) -> None:
        self.assert_raises(
            DeclarationError,
            "depends() takes a resource, not 1.",
            lambda: depends(1),  # type: ignore[arg-type]
        )

    def test_a_dependency_that_is_a_factory(self) -> None:
        async def connect() -> str:
            return "connection"

        made = resource_factory(connect)
        self.assert_raises(
            DeclarationError,
            f"depends() takes a resource, but 'connect' {line_of(connect)} is a factory of resources. Name it in the "
            f"body of the class, and await self.connect(...)",
            lambda: depends(made),  # type: ignore[arg-type]
        )

    def test_a_parameter_that_nobody_gives(self) -> None:
        async def client(address: str) -> str:
            return address

        self.assert_raises(
            DeclarationError,
            f"resource 'client' {line_of(client)}: its parameter 'address' gets no value. Write "
            f"address=depends(...) with a resource, or give it a default",
            lambda: resource(client),
        )

    def test_a_narrower_dependency(self) -> None:
        async def server(_database: str = depends(database)) -> str:
            return "server"

        self.assert_raises(
            ScopeError,
            f"resource 'server' {line_of(server)} lives for a class and depends on 'database' "
            f"{line_of(database.function)}, which lives only for a test. Give 'database' the scope 'class', or "
            f"'server' the scope 'test'",
            lambda: resource(scope="class")(server),
        )

    def test_a_resource_outside_a_test(self) -> None:
        class Case(AsyncTestCase):
            connection = database

            async def test(self) -> None:
                """Pass."""

        self.assert_raises(
            ResourceError,
            f"resource 'database' {line_of(database.function)} is not available: a test has it from setUp to its last "
            f"cleanup. To use it in another resource, give that a parameter with the default depends(database)",
            lambda: Case("test").connection,
        )

    def test_a_resource_that_is_called(self) -> None:
        call: Any = database
        self.assert_raises(
            ResourceError,
            f"resource 'database' {line_of(database.function)} can't be called: aiounit calls it, and closes what it "
            f"makes. Write database = database in the body of the class, and use self.database, or write await "
            f"self.use(database) in a test",
            lambda: call(1, key=2),
        )

    def test_a_factory_that_is_called(self) -> None:
        connect: Any = resource_factory(connect_client)
        self.assert_raises(
            ResourceError,
            f"factory 'connect_client' {line_of(connect_client)} can't be called: aiounit calls it, and closes what it "
            f"makes. Write connect_client = connect_client in the body of the class, and await "
            "self.connect_client(...) in a test",
            connect,
        )

    def test_one_that_is_named_like_a_test_is_not_collected_as_a_test(self) -> None:
        async def test_client() -> str:
            return "client"

        class Case(AsyncTestCase):
            test_database = resource(scope="class")(connect_client)
            test_connect = resource_factory(connect_client)
            client = resource(test_client)

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(unittest.defaultTestLoader.getTestCaseNames(Case), ["test"])
        self.assertFalse(callable(resource(test_client)))
        self.assertIsInstance(Case.test_database, Resource)
        self.assertIsInstance(Case.test_connect, ResourceFactory)

    def test_a_factory_outside_a_test(self) -> None:
        class Case(AsyncTestCase):
            connect = resource_factory(contextlib.nullcontext)

            async def test(self) -> None:
                """Pass."""

        case = Case("test")
        self.assert_raises(
            ResourceError,
            f"{case.id()} is not running: resources are available from setUp to the last cleanup",
            lambda: case.connect,
        )


class DeclaredTest(unittest.TestCase):
    """What is declared can be looked at."""

    def test_on_the_class_it_is_the_resource(self) -> None:
        class Case(AsyncTestCase):
            connection = database
            connect = resource_factory(contextlib.nullcontext)

        self.assertIs(Case.connection, database)
        self.assertIsInstance(Case.connect, ResourceFactory)

    def test_it_says_what_it_is(self) -> None:
        self.assertEqual(repr(database), f"<resource 'database' {line_of(database.function)} of scope test>")

    def test_defaults_and_collected_parameters_need_no_value(self) -> None:
        def client(port: int = 0, *_more: int, **_others: int) -> contextlib.nullcontext[int]:
            return contextlib.nullcontext(port)

        self.assertIsInstance(resource(client), Resource)

    def test_names_are_short(self) -> None:
        class Opener:
            def __call__(self, _port: int = 0) -> contextlib.nullcontext[str]:
                return contextlib.nullcontext("opened")

        functions: list[Any] = [Opener, Opener(), functools.partial(open_client), functools.partial(Opener(), 1)]
        self.assertEqual([resource(each).name for each in functions], ["Opener", "Opener", "open_client", "Opener"])

    def test_annotations_may_name_what_only_type_checkers_import(self) -> None:
        def price(of: "Decimal | None" = None) -> "Iterator[Decimal | None]":
            yield of

        if sys.version_info >= (3, 14):
            scope: dict[str, Any] = {}
            exec("def price(of: Unknown = None) -> Unknown: yield of", scope)
            self.assertIsInstance(resource(scope["price"]), Resource)
        self.assertIsInstance(resource(price), Resource)

    def test_a_callable_in_c_without_a_signature_has_no_parameters(self) -> None:
        self.assertEqual(resource(dict).dependencies, {})  # type: ignore[arg-type]

    def test_no_line_is_of_one_in_c(self) -> None:
        place = Place(__file__, 1, "test", __name__)
        self.assertFalse(resource(dict).has_made([place]))  # type: ignore[arg-type]


class OwnerTest(unittest.TestCase):
    """What a method is given."""

    def test_a_method_gets_the_test(self) -> None:
        class Case(AsyncTestCase):
            @resource
            def me(self) -> Iterator["Case"]:
                yield self

            async def test(self) -> None:
                self.assertIs(self.me, self)

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_a_method_of_wider_scope_gets_the_class_of_the_test(self) -> None:
        class Base(AsyncTestCase):
            @resource(scope="class")
            def mine(cls) -> Iterator[object]:  # noqa: N805
                yield cls

            async def test(self) -> None:
                self.assertIs(self.mine, type(self))

        class Case(Base):
            pass

        self.assertEqual(run_suite(Base, Case).log, ["start test", "addSuccess"] * 2)

    def test_a_method_for_the_run_gets_the_class_that_declares_it(self) -> None:
        class Base(AsyncTestCase):
            @resource(scope="run")
            def mine(cls) -> Iterator[object]:  # noqa: N805
                yield cls

            async def test(self) -> None:
                self.assertIs(self.mine, Base)

        class Case(Base):
            pass

        self.assertEqual(run_suite(Case, Base).log, ["start test", "addSuccess"] * 2)

    def test_a_method_may_depend_on_resources(self) -> None:
        class Case(AsyncTestCase):
            @resource
            async def name(self, connection: str = depends(database)) -> str:
                return f"{connection} of {self.id().rpartition('.')[2]}"

            async def test(self) -> None:
                self.assertEqual(self.name, "database of test")

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])
