"""The suite that hangs, under pytest-asyncio; pytest-timeout comes in by the command line.

Fixtures stand in for unittest's hooks, for cleanups and for a resource.
"""

# ruff: noqa: ARG001 (a fixture names those that it follows)

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from .child import KIND, hang, hang_inside, is_due, note
from .kinds import Phase

BEFORE = (Phase.ASYNC_SET_UP, Phase.START)
AFTER = (Phase.ASYNC_TEAR_DOWN, Phase.CLEANUP, Phase.CLOSE)


@pytest.fixture(scope="class")
def class_cleanup() -> Iterator[None]:
    """Note that what a class has set up is cleaned up."""
    yield
    note("class cleanup")


@pytest.fixture(scope="class")
def plain_set_up(class_cleanup: None) -> None:
    """Hang in the place of ``setUpClass``."""
    hang()


@pytest_asyncio.fixture(scope="class", loop_scope="class")
async def asynchronous_set_up(class_cleanup: None) -> None:
    """Hang in the place of ``asyncSetUpClass``."""
    await hang_inside()


@pytest.fixture
def cleanup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note that what a test has set up is cleaned up."""
    yield
    note(f"cleanup of {request.node.name}")


@pytest.fixture
def plain_hooks(cleanup: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Hang in the place of ``setUp`` and ``tearDown``."""
    name = request.node.name
    if is_due(Phase.SET_UP, name):
        hang()
    yield
    if is_due(Phase.TEAR_DOWN, name):
        hang()


@pytest_asyncio.fixture
async def asynchronous_hooks(plain_hooks: None, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Hang in the place of all that is asynchronous around a test."""
    if any(is_due(phase, request.node.name) for phase in BEFORE):
        await hang_inside()
    yield
    if any(is_due(phase, request.node.name) for phase in AFTER):
        await hang_inside()


CLASS_SET_UP = {Phase.CLASS: ["plain_set_up"], Phase.ASYNC_CLASS: ["asynchronous_set_up"]}.get(KIND.phase, [])


def _plain_test(_self: object) -> None:
    hang()


@pytest.mark.asyncio
async def _asynchronous_test(_self: object, subtests: pytest.Subtests) -> None:
    if KIND.phase is Phase.SUBTEST:
        with subtests.test(number=1):
            await hang_inside()
    if KIND.phase is Phase.TEST:
        await hang_inside()


@pytest.mark.usefixtures("asynchronous_hooks", *CLASS_SET_UP)
class TestHangs:
    """Three tests, the second hangs."""

    @pytest.mark.asyncio
    async def test_1_passes(self) -> None:
        pass

    test_2_hangs: Any = _plain_test if KIND.phase is Phase.PLAIN_TEST else _asynchronous_test

    @pytest.mark.asyncio
    async def test_3_passes(self) -> None:
        note("next")


class TestNext:
    """What comes next when a class can't be set up."""

    def test(self) -> None:
        note("next class")
