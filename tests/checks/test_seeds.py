"""Each defect is found wherever a test may have it, with its line; its twin is silent."""

import asyncio
import contextlib
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, FindingError, resource
from aiounit.checks import registry
from tests.checks.seeds import SEEDS, Defect, Seed
from tests.checks.support import LoudTestCase, errors_in
from tests.support import run

LEVELS = {"all": "fail", "timers": "fail"}


class Base(AsyncTestCase):
    checks = LEVELS
    blocking_threshold = 0.05
    released: Any = None

    async def test(self) -> None:
        """Be there: the defect is somewhere else."""


def in_test(defect: Defect) -> type[Base]:
    class Case(Base):
        async def test(self) -> None:
            await defect(self)

    return Case


def in_set_up(defect: Defect) -> type[Base]:
    class Case(Base):
        async def asyncSetUp(self) -> None:
            await defect(self)

    return Case


def in_tear_down(defect: Defect) -> type[Base]:
    class Case(Base):
        async def asyncTearDown(self) -> None:
            await defect(self)

    return Case


def in_cleanup(defect: Defect) -> type[Base]:
    class Case(Base):
        def setUp(self) -> None:
            self.addAsyncCleanup(defect, self)

    return Case


def in_resource(defect: Defect) -> type[Base]:
    class Case(Base):
        @resource
        async def used(self) -> AsyncIterator[None]:
            await defect(self)
            yield

    return Case


def in_task(defect: Defect) -> type[Base]:
    class Case(Base):
        async def test(self) -> None:
            await asyncio.create_task(_coroutine(defect, self))

    return Case


def in_callback(defect: Defect) -> type[Base]:
    class Case(Base):
        async def test(self) -> None:
            done = asyncio.Event()

            async def run_it() -> None:
                await defect(self)
                done.set()

            asyncio.get_running_loop().call_soon(lambda: setattr(self, "task", asyncio.ensure_future(run_it())))
            await done.wait()

    return Case


def on_the_shared_loop(defect: Defect) -> type[Base]:
    class Case(Base):
        shared_loop = True

        async def test(self) -> None:
            await defect(self)

    return Case


async def _coroutine(defect: Defect, case: Any) -> None:
    await defect(case)


PLACES: list[Callable[[Defect], type[Base]]] = [
    in_test,
    in_set_up,
    in_tear_down,
    in_cleanup,
    in_resource,
    in_task,
    in_callback,
    on_the_shared_loop,
]


@contextlib.contextmanager
def released_when_found(case: Base, check: str) -> Iterator[None]:
    """Let the threads of a test go on when a check has described one, or at the end."""
    kind: Any = registry.ALL_CHECKS[check]
    describe: Any = getattr(kind, "describe", None)

    def describe_and_release(*arguments: Any) -> Any:
        finding = describe(*arguments)
        release()
        return finding

    def release() -> None:
        if case.released is not None:
            case.released.set()

    with mock.patch.object(kind, "describe", describe_and_release) if describe else contextlib.nullcontext():
        yield
    release()


class SeedTests(LoudTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def findings(self, place: Callable[[Defect], type[Base]], defect: Defect, check: str) -> list[FindingError]:
        kind = place(defect)
        # A machine that has much to do may hold up anything.
        kind.checks = LEVELS if check == "blocking" else {**LEVELS, "blocking": "off"}
        case = kind("test")
        with released_when_found(case, check):
            result = run(lambda _name: case)
        self.assertEqual(result.failures, [])
        return errors_in(result)

    def line(self, seed: Seed) -> int | None:
        lines, first = inspect.getsourcelines(seed.defect)
        marked = [first + number for number, line in enumerate(lines) if line.rstrip().endswith("# here")]
        return marked[0] if marked else None

    def check(self, seed: Seed, place: Callable[[Defect], type[Base]]) -> None:
        found = self.findings(place, seed.defect, seed.check)
        self.assertEqual([error.check for error in found], [seed.check], "\n".join(map(str, found)))
        if (line := self.line(seed)) is not None:
            whole = f"{found[0]}\n{found[0].__cause__ and found[0].__cause__.__traceback__.tb_lineno}"  # type: ignore[union-attr] # it was raised
            self.assertRegex(whole, rf"(seeds\.py, line {line}\b)|(\n{line}$)")

    def test_defects_are_found_and_twins_are_silent(self) -> None:
        found = silent = 0
        for seed in SEEDS:
            for place in PLACES:
                with self.subTest(seed.defect.__name__, place=place.__name__):
                    self.check(seed, place)
                    found += 1
                with self.subTest(seed.twin.__name__, place=place.__name__):
                    self.assertEqual([str(error) for error in self.findings(place, seed.twin, seed.check)], [])
                    silent += 1
        self.assertEqual((found, silent), (len(SEEDS) * len(PLACES), len(SEEDS) * len(PLACES)))
