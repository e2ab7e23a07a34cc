"""Which resources a class uses: depth, diamonds, replacement in subclasses, and what cannot be."""

import gc
import unittest
import weakref
from typing import Any

from aiounit import AsyncTestCase, DeclarationError, Resource, ScopeError, depends, resource, resource_factory
from aiounit.resources.scopes import ScopeName
from tests.resources.support import logged, run_suite


def above(name: str, *below: Resource[str], scope: ScopeName = "test") -> Resource[str]:
    """Return a resource whose value names what it depends on."""

    async def opened(first: Any = None, second: Any = None) -> str:
        return f"{name}({', '.join(filter(None, [first, second]))})"

    opened.__defaults__ = (*map(depends, below), *[None] * (2 - len(below)))
    opened.__qualname__ = name
    return resource(scope=scope)(opened)


class DependencyTest(unittest.TestCase):
    """What depends on what."""

    def test_a_chain_opens_upwards_and_closes_downwards(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            c = logged(log, "c", on=logged(log, "b", on=logged(log, "a")))

            async def test(self) -> None:
                log.append("test")

        run_suite(Case, log=log)
        self.assertEqual(
            log,
            ["start test", "open a", "open b", "open c", "test", "close c", "close b", "close a", "addSuccess"],
        )

    def test_a_diamond_opens_its_bottom_once(self) -> None:
        log: list[str] = []
        bottom = logged(log, "bottom")

        class Case(AsyncTestCase):
            top = above("top", above("left", bottom), above("right", bottom))

            async def test(self) -> None:
                log.append(self.top)

        run_suite(Case, log=log)
        self.assertEqual(
            log, ["start test", "open bottom", "top(left(bottom), right(bottom))", "close bottom", "addSuccess"]
        )

    def test_many_diamonds_cost_no_more_than_their_parts(self) -> None:
        top = above("bottom")
        for _ in range(30):
            top = above("top", above("left", top), above("right", top))

        class Case(AsyncTestCase):
            it = top

        self.assertEqual(len(Case._aiounit_plan.attributes), 1)


class ReplacementTest(unittest.TestCase):
    """A subclass that uses the name of a resource replaces it, for its dependants too."""

    def values(self, kind: type[Any]) -> list[str]:
        log: list[str] = []
        kind.test = lambda self: log.append(self.server)
        run_suite(kind, log=log)
        return log

    def test_by_another_resource(self) -> None:
        class Base(AsyncTestCase):
            database = above("real")
            server = above("server", database)

        class Case(Base):
            database = above("fake")

        self.assertEqual(self.values(Case), ["start test", "server(fake())", "addSuccess"])
        self.assertEqual(self.values(Base), ["start test", "server(real())", "addSuccess"])

    def test_by_a_mixin(self) -> None:
        class Real(AsyncTestCase):
            database = above("real")
            server = above("server", database)

        class Fake:
            database = above("fake")

        class Case(Fake, Real):
            pass

        self.assertEqual(self.values(Case), ["start test", "server(fake())", "addSuccess"])

    def test_by_a_plain_value(self) -> None:
        class Base(AsyncTestCase):
            database = above("real", scope="run")
            server = above("server", database, scope="class")

        class Case(Base):
            database = "value"

        class Other(Case):
            pass

        for kind in (Case, Other):
            self.assertEqual(self.values(kind), ["start test", "server(value)", "addSuccess"])

    def test_and_back_again(self) -> None:
        real = above("real")

        class Base(AsyncTestCase):
            database = real
            server = above("server", database)

        class Fake(Base):
            database = above("fake")

        class Case(Fake):
            database = real

        self.assertEqual(self.values(Case), ["start test", "server(real())", "addSuccess"])

    def test_two_names_may_be_swapped(self) -> None:
        class Base(AsyncTestCase):
            server = above("a")
            replica = above("b")

        class Case(Base):
            server = Base.replica
            replica = Base.server

        self.assertEqual(self.values(Case), ["start test", "b()", "addSuccess"])

    def test_one_taken_on_demand_is_the_replacement(self) -> None:
        class Base(AsyncTestCase):
            server = above("real")

        class Case(Base):
            server = above("fake")

            async def test(self) -> None:
                self.assertEqual(await self.use(Base.server), "fake()")

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_a_factory_is_replaced_too_and_super_finds_the_former(self) -> None:
        log: list[str] = []

        async def real(below: str = depends(above("real"))) -> str:
            return f"connect({below})"

        async def fake() -> str:
            return "fake()"

        class Base(AsyncTestCase):
            connect = resource_factory(real)

        class Case(Base):
            connect = resource_factory(fake)  # type: ignore[assignment]

            async def test(self) -> None:
                log.append(await self.connect())
                log.append(await super().connect())

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "fake()", "connect(real())", "addSuccess"])


class ErrorTest(unittest.TestCase):
    """What a subclass makes impossible is an error when it is defined."""

    def message(self, kind: type[Exception], base: type, **names: object) -> str:
        with self.assertRaises(kind) as caught:
            type("Case", (base,), names)
        return str(caught.exception)

    def test_a_circle(self) -> None:
        class Base(AsyncTestCase):
            a = above("a")
            b = above("b", a)

        again = above("again", Base.b)
        self.assertEqual(
            self.message(DeclarationError, Base, a=again),
            f"{__name__}.Case: resource {again} depends on itself: again -> b -> again. A resource that replaces "
            f"another of the same name can't depend on it; give one of them another name",
        )

    def test_a_replacement_that_lives_too_short(self) -> None:
        class Base(AsyncTestCase):
            a = above("a", scope="class")
            b = above("b", a, scope="class")

        short = above("short")
        self.assertEqual(
            self.message(ScopeError, Base, a=short),
            f"{__name__}.Case: resource {Base.b} lives for a class and depends on {short}, which lives only for a "
            f"test. Give 'short' the scope 'class', or 'b' the scope 'test'",
        )

    def test_a_replacement_without_resource(self) -> None:
        class Base(AsyncTestCase):
            a = above("a")
            b = above("b", a)

        async def forgotten(_: object) -> None:
            """Be no resource."""

        self.assertEqual(
            self.message(DeclarationError, Base, a=forgotten),
            f"{__name__}.Case: resource {Base.a} is replaced by {forgotten!r}, which is not a resource, but another "
            f"resource depends on it. Did you forget @resource?",
        )

    def test_one_that_nothing_depends_on_may_become_anything(self) -> None:
        class Base(AsyncTestCase):
            server = above("a")

        class Case(Base):
            @property
            def server(self) -> str:  # type: ignore[override]
                return "property"

            async def test(self) -> None:
                self.assertEqual(self.server, "property")

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_what_replaces_the_runner_can_have_no_resources(self) -> None:
        def own_runner(_: object) -> None:
            """Be an own way."""

        message = self.message(
            DeclarationError, AsyncTestCase, a=above("a"), _setupAsyncioRunner=own_runner, __module__="m"
        )
        self.assertEqual(
            message,
            "m.Case replaces stdlib's _setupAsyncioRunner or _tearDownAsyncioRunner, so its tests run on loops of its "
            "own, where no resource can live. Leave the loops to aiounit, with loop_factory and shared_loop, or use no "
            "resources, asyncSetUpClass and asyncTearDownClass there",
        )


class KeptTest(unittest.TestCase):
    def test_no_class_outlives_its_suite(self) -> None:
        """Also one whose resource is shared, and one that replaces a resource by a value."""

        @resource(scope="class")
        async def shop() -> str:
            return "open"

        @resource
        async def stock(source: str = depends(shop)) -> str:
            return source

        class Base(AsyncTestCase):
            used_shop = shop
            used_stock = stock

            async def test(self) -> None:
                pass

        class Derived(Base):
            used_shop = "closed"

        self.assertEqual([type(error) for error in run_suite(Base, Derived).errors], [])
        references = [weakref.ref(each) for each in (Base, Derived, shop)]
        del Base, Derived, shop, stock
        gc.collect()
        self.assertEqual([reference() for reference in references], [None] * 3)
