"""The tests whose cost is compared, each written twice: as a unittest mixin and as the source of a pytest module.

To add one, write a class like those below and put it into ``SCENARIOS``: it becomes a column of the tables.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, ClassVar

import aiounit

from .. import rows

if TYPE_CHECKING:
    import unittest

    # What a scenario is mixed into; object at run time, so that the same scenario serves every base class.
    TestCaseMixin = unittest.IsolatedAsyncioTestCase
else:
    TestCaseMixin = object


class Scenario(TestCaseMixin):
    """One test to measure.

    Attributes:
        title: Its name in tables.
        pytest_fixtures: Source that comes once in the pytest module.
        pytest_body: Source of one test, with ``{number}`` in its name.
        left_out: Titles of the rows that have no counterpart of this scenario.
    """

    title: ClassVar[str]
    pytest_fixtures: ClassVar[str] = ""
    pytest_body: ClassVar[str]
    left_out: ClassVar[frozenset[str]] = frozenset()

    def body(self) -> object:
        """Be the test; the hooks around it are ordinary methods of the class."""
        raise NotImplementedError


class SynchronousTest(Scenario):
    """An empty synchronous test: what the base class costs those tests that do not need it."""

    title = "synchronous test"
    pytest_body = "def test_{number}():\n    pass\n"

    def body(self) -> None:
        pass


class EmptyTest(Scenario):
    """An empty asynchronous test: what the runner itself costs."""

    title = "empty test"
    pytest_body = "async def test_{number}():\n    pass\n"

    async def body(self) -> None:
        pass


async def nothing() -> None:
    """Be the content of a task."""


class TenTasks(Scenario):
    """A test that creates ten tasks and awaits them: what the loop's debug mode adds to a test that does something."""

    title = "ten tasks"
    pytest_fixtures = "import asyncio\n\nasync def nothing():\n    pass\n"
    pytest_body = """
async def test_{number}():
    tasks = [asyncio.create_task(nothing()) for _ in range(10)]
    for task in tasks:
        await task
"""

    async def body(self) -> None:
        tasks = [asyncio.create_task(nothing()) for _ in range(10)]
        for task in tasks:
            await task


class HooksAndCleanups(Scenario):
    """All four hooks and two cleanups; under pytest, fixtures that yield and a finalizer.

    pytest has no asynchronous finalizers, so that the asynchronous cleanup becomes a second asynchronous fixture.
    """

    title = "4 hooks, 2 cleanups"
    pytest_fixtures = """
import pytest

def nothing():
    pass

@pytest.fixture
def synchronous_hooks(request):
    request.addfinalizer(nothing)
    yield

@pytest.fixture
async def asynchronous_hooks(synchronous_hooks):
    yield

@pytest.fixture
async def asynchronous_cleanup(asynchronous_hooks):
    yield
"""
    pytest_body = "async def test_{number}(asynchronous_cleanup):\n    pass\n"

    def setUp(self) -> None:
        self.addCleanup(self.clean_up)

    async def asyncSetUp(self) -> None:
        self.addAsyncCleanup(self.clean_up_asynchronously)

    async def body(self) -> None:
        pass

    async def asyncTearDown(self) -> None:
        pass

    def tearDown(self) -> None:
        pass

    def clean_up(self) -> None:
        pass

    async def clean_up_asynchronously(self) -> None:
        pass


@aiounit.resource(scope="class")
async def shared() -> AsyncGenerator[str]:
    """Be there for all tests of a class."""
    yield "shared"


class ClassResource(Scenario):
    """A test that uses something of its class: sharing must be the fast way, too."""

    title = "class resource"
    pytest_fixtures = """
import pytest
import pytest_asyncio

@pytest.mark.asyncio(loop_scope="class")
class TestShared:
    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    async def shared(self):
        yield "shared"
"""
    pytest_body = """
    async def test_{number}(self, shared):
        assert shared == "shared"
"""
    left_out = frozenset({*rows.STDLIB_PEERS, rows.ANYIO})

    shared = shared

    async def body(self) -> None:
        assert self.shared == "shared"


SCENARIOS: tuple[type[Scenario], ...] = (
    EmptyTest,
    TenTasks,
    HooksAndCleanups,
    ClassResource,
    SynchronousTest,
)
