"""What tasks, await chains and threads are doing is told truly, whatever they are made of, and nothing is disturbed."""

import asyncio
import functools
import gc
import linecache
import os
import pickle
import sys
import threading
import types
import unittest
import weakref
from collections.abc import AsyncGenerator, Awaitable as Awaitable_, Callable, Coroutine, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import _real
from aiounit.introspect import stacks
from aiounit.introspect.descriptions import describe_task
from aiounit.introspect.stacks import (
    Place,
    await_chain,
    creation_of,
    definition_of,
    format_places,
    inner_place,
    name_of_callable,
    stack_of,
    task_chain,
    waits_for,
    without_machinery,
)

# What is suspended: each of these is looked at while it awaits.


async def waits(future: asyncio.Future[None]) -> None:
    await future


async def generates(future: asyncio.Future[None]) -> AsyncGenerator[int, None]:
    await waits(future)
    yield 1


async def cleans(future: asyncio.Future[None]) -> AsyncGenerator[int, None]:
    try:
        yield 1
    finally:
        await waits(future)


async def iterates(future: asyncio.Future[None]) -> None:
    async for _ in generates(future):
        pass


async def takes_next(future: asyncio.Future[None]) -> None:
    await anext(generates(future))


async def takes_next_or_none(future: asyncio.Future[None]) -> None:
    await anext(generates(future), None)


async def sends(future: asyncio.Future[None]) -> None:
    await generates(future).asend(None)


async def closes(future: asyncio.Future[None]) -> None:
    generator = cleans(future)
    await anext(generator)
    await generator.aclose()


async def throws(future: asyncio.Future[None]) -> None:
    generator = cleans(future)
    await anext(generator)
    await generator.athrow(ValueError("no"))


@types.coroutine
def yields_from(future: asyncio.Future[None]) -> Generator[Any, None, None]:
    yield from waits(future)  # a coroutine may be, in such a function


async def awaits_generator(future: asyncio.Future[None]) -> None:
    await yields_from(future)


class Awaitable:
    """Awaits in a generator of its own."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self.future = future

    def __await__(self) -> Generator[Any, None, None]:
        yield from waits(self.future).__await__()


async def awaits_object(future: asyncio.Future[None]) -> None:
    await Awaitable(future)


class Wrapper(Awaitable):
    """Awaits by the iterator of a coroutine."""

    def __await__(self) -> Generator[Any, None, None]:
        return waits(self.future).__await__()


async def awaits_wrapper(future: asyncio.Future[None]) -> None:
    await Wrapper(future)


class Bare(Awaitable):
    """Hands the future to the task itself, as pure Python futures do."""

    def __await__(self) -> Generator[Any, None, None]:
        self.future._asyncio_future_blocking = True
        yield self.future


async def awaits_bare(future: asyncio.Future[None]) -> None:
    await Bare(future)


async def sleeps() -> None:
    await asyncio.sleep(3600)


async def turns() -> None:
    while True:  # noqa: ASYNC110 (it is what is looked at)
        await asyncio.sleep(0)


async def keeps(thing: object, future: asyncio.Future[None]) -> object:
    await future
    return thing


CHAINS: list[tuple[Callable[[asyncio.Future[None]], Coroutine[Any, Any, None]], list[str]]] = [
    (waits, []),
    (iterates, ["async for _ in generates(future):", "await waits(future)"]),
    (takes_next, ["await anext(generates(future))", "await waits(future)"]),
    (takes_next_or_none, ["await anext(generates(future), None)", "await waits(future)"]),
    (sends, ["await generates(future).asend(None)", "await waits(future)"]),
    (closes, ["await generator.aclose()", "await waits(future)"]),
    (throws, ['await generator.athrow(ValueError("no"))', "await waits(future)"]),
    (
        awaits_generator,
        [
            "await yields_from(future)",
            "yield from waits(future)  # a coroutine may be, in such a function",
        ],
    ),
    (awaits_object, ["await Awaitable(future)", "yield from waits(self.future).__await__()"]),
    (awaits_wrapper, ["await Wrapper(future)"]),
]


def sources(places: Iterable[Place]) -> list[str]:
    """Return the lines of this module that are among the places."""
    return [place.source for place in places if place.module == __name__]


def line(function: Callable[..., Any], offset: int) -> int:
    """Return the number of a line of a function; the first is 0."""
    code: types.CodeType = function.__code__
    return code.co_firstlineno + offset


def place(function: str, module: str = "suite", file: str = "/project/suite.py") -> Place:
    """Return a place of which only the module and the function matter."""
    return Place(file, 1, function, module)


class SuspendedCase(unittest.IsolatedAsyncioTestCase):
    """A test that looks at tasks which wait for something."""

    async def asyncSetUp(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_debug(False)  # so that it is not written down where tasks are made, unless a test wants it
        await asyncio.sleep(0)
        self.future: asyncio.Future[None] = self.loop.create_future()
        self.tasks: list[asyncio.Task[Any]] = []

    async def asyncTearDown(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Make a task that ends with the test."""
        task = asyncio.create_task(coroutine, name=name)
        self.tasks.append(task)
        return task

    async def suspend(self, coroutine: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Make a task and let it, and what it starts, go as far as they get."""
        task = self.start(coroutine, name)
        for _ in range(5):
            await asyncio.sleep(0)
        return task


class PlaceTests(unittest.TestCase):
    def setUp(self) -> None:
        self.place = Place(__file__, line(sleeps, 1), "sleeps", __name__)

    def test_source(self) -> None:
        self.assertEqual(self.place.source, "await asyncio.sleep(3600)")

    def test_no_source(self) -> None:
        self.assertEqual(place("f", file="<string>").source, "")

    def test_a_source_that_cannot_be_read(self) -> None:
        with mock.patch.object(_real.linecache, "getline", side_effect=MemoryError):
            self.assertEqual(self.place.source, "")

    def test_below_the_working_directory(self) -> None:
        with mock.patch.object(_real.os, "getcwd", return_value=str(Path(__file__).parent)):
            self.assertEqual(
                str(self.place), f"test_stacks.py, line {line(sleeps, 1)}, in sleeps: await asyncio.sleep(3600)"
            )

    def test_elsewhere(self) -> None:
        with mock.patch.object(_real.os, "getcwd", return_value="/else"):
            self.assertEqual(str(place("f")), "/project/suite.py, line 1, in f")

    def test_where_the_working_directory_is_gone(self) -> None:
        with mock.patch.object(_real.os, "getcwd", side_effect=FileNotFoundError):
            self.assertEqual(str(place("f")), "/project/suite.py, line 1, in f")

    def test_it_can_be_pickled(self) -> None:
        self.assertEqual(pickle.loads(pickle.dumps(self.place)), self.place)


class StackTests(unittest.TestCase):
    def test_no_frame(self) -> None:
        self.assertEqual(stack_of(None), [])

    def test_outermost_first(self) -> None:
        def inner() -> list[Place]:
            return stack_of(sys._getframe())

        stack = inner()
        name = "StackTests.test_outermost_first"
        number = line(inner, 3)
        self.assertEqual(
            stack[-2:],
            [
                Place(__file__, number, name, __name__),
                Place(__file__, number - 2, f"{name}.<locals>.inner", __name__),
            ],
        )

    def module_of(self, name: object, file: str) -> str:
        """Return the module that a frame is found in."""
        names = {"sys": sys, "stack_of": stack_of, "__name__": name}
        exec(compile("places = stack_of(sys._getframe())", file, "exec"), names)
        places: Any = names["places"]
        return str(places[-1].module)

    def test_module(self) -> None:
        self.assertEqual(self.module_of("suite", "/project/suite.py"), "suite")

    def test_no_module(self) -> None:
        self.assertEqual(self.module_of(None, "<string>"), "")

    def test_a_module_that_is_run_as_a_script(self) -> None:
        self.assertEqual(self.module_of("__main__", "/project/suite.py"), "__main__")

    def test_a_module_of_the_standard_library_that_is_run_as_a_script(self) -> None:
        directory = Path(os.__file__).parent
        self.assertEqual(self.module_of("__main__", str(directory / "unittest" / "__main__.py")), "unittest.__main__")

    def test_a_module_in_an_archive_has_its_lines(self) -> None:
        loader = mock.Mock(spec_set=["get_source"])
        loader.get_source.return_value = "places = stack_of(sys._getframe())"
        names = {"sys": sys, "stack_of": stack_of, "__name__": "archived", "__spec__": ModuleSpec("archived", loader)}
        file = "/project/archive.zip/archived.py"
        self.addCleanup(linecache.cache.pop, file, None)
        exec(compile(loader.get_source.return_value, file, "exec"), names)
        places: Any = names["places"]
        self.assertEqual(places[-1].source, loader.get_source.return_value)


class InnerPlaceTests(unittest.TestCase):
    STDLIB = str(Path(os.__file__).parent / "queue.py")
    INSTALLED = "/venv/lib/site-packages/library/__init__.py"

    def test_none(self) -> None:
        self.assertIsNone(inner_place([]))

    def test_the_innermost_of_the_users(self) -> None:
        outer, inner = place("outer"), place("inner")
        self.assertIs(inner_place([outer, inner]), inner)

    def test_what_it_calls_is_passed_over(self) -> None:
        user = place("user")
        others = [
            place("get", "asyncio.queues", self.STDLIB),
            place("call", "library", self.INSTALLED),
            place("load", "importlib._bootstrap", "<frozen importlib._bootstrap>"),
            place("drive", "aiounit.loops.driver", "/project/aiounit/loops/driver.py"),
        ]
        self.assertEqual([inner_place([user, other]) for other in others], [user] * 4)

    def test_code_without_a_file_is_the_users(self) -> None:
        user, string = place("user"), place("<module>", file="<string>")
        self.assertIs(inner_place([user, string]), string)

    def test_where_nothing_is_the_users(self) -> None:
        outer, inner = place("run", "asyncio.runners", self.STDLIB), place("get", "queue", self.STDLIB)
        self.assertIs(inner_place([outer, inner]), inner)


class WithoutMachineryTests(unittest.TestCase):
    """What is left out of a stack."""

    def left(self, *names: str) -> list[str]:
        """Return what is left of places whose modules and functions are named."""
        places = [place(name.partition(":")[2], name.partition(":")[0]) for name in names]
        return [f"{each.module}:{each.function}" for each in without_machinery(places)]

    def test_what_runs_a_test(self) -> None:
        self.assertEqual(
            self.left(
                "unittest.__main__:<module>",
                "unittest.main:TestProgram.__init__",
                "unittest.case:TestCase.run",
                "aiounit.lifecycle.run:run_test",
                "asyncio.base_events:BaseEventLoop.run_forever",
                "asyncio.base_events:BaseEventLoop._run_once",
                "asyncio.events:Handle._run",
                "aiounit.lifecycle.engine:Lifecycle._run_inside",
                "suite:Tests.test",
            ),
            ["suite:Tests.test"],
        )

    def test_what_runs_the_tests_whatever_it_is(self) -> None:
        self.assertEqual(
            self.left(
                "script:main",
                "pytest:main",
                "aiounit.case:AsyncTestCase.run",
                "aiounit.lifecycle.run:run_test",
                "suite:f",
            ),
            ["suite:f"],
        )

    def test_what_runs_a_module(self) -> None:
        places = [Place("<frozen runpy>", 1, "_run_code", "runpy"), place("f")]
        self.assertEqual(without_machinery(places), places[1:])

    def test_a_loop_inside_a_test(self) -> None:
        self.assertEqual(
            self.left(
                "suite:Tests.test",
                "asyncio.runners:run",
                "asyncio.runners:Runner.run",
                "asyncio.base_events:BaseEventLoop.run_until_complete",
                "asyncio.events:Handle._run",
                "suite:main",
            ),
            ["suite:Tests.test", "suite:main"],
        )

    def test_what_starts_a_thread(self) -> None:
        self.assertEqual(
            self.left("threading:Thread._bootstrap", "concurrent.futures.thread:_worker", "suite:job"), ["suite:job"]
        )

    def test_what_is_waited_for_stays(self) -> None:
        names = ["suite:Tests.test", "asyncio.queues:Queue.get", "threading:Event.wait", "unittest.mock:Mock.__call__"]
        self.assertEqual(self.left(*names), names)

    def test_modules_with_similar_names_stay(self) -> None:
        names = ["aiounit_tests:f", "unittests:f", "asyncio_extras:_run", "suite:_run", "suite.aiounit:f"]
        self.assertEqual(self.left(*names), names)

    def test_one_place_stays(self) -> None:
        self.assertEqual(
            self.left("unittest.case:TestCase.run", "aiounit.loops.driver:Driver.drive"),
            ["aiounit.loops.driver:Driver.drive"],
        )

    def test_nothing(self) -> None:
        self.assertEqual(self.left(), [])


class FormatTests(unittest.TestCase):
    def test_as_in_a_traceback(self) -> None:
        self.assertEqual(
            format_places([place("f", file="<string>"), Place(__file__, line(sleeps, 1), "sleeps", __name__)]),
            f'  File "<string>", line 1, in f\n'
            f'  File "{__file__}", line {line(sleeps, 1)}, in sleeps\n'
            f"    await asyncio.sleep(3600)",
        )

    def test_a_recursion_is_cut_short(self) -> None:
        repeated = '  File "<string>", line 1, in f\n'
        self.assertEqual(
            format_places([place("f", file="<string>")] * 10),
            f"{repeated * 3}  [Previous line repeated 7 more times]",
        )

    def test_nothing(self) -> None:
        self.assertEqual(format_places([]), "")

    def test_the_middle_of_a_long_chain_is_left_out(self) -> None:
        places = [Place("/project/suite.py", number, "wait", "suite") for number in range(1, 101)]
        lines = format_places(places).splitlines()
        self.assertEqual(len(lines), 36)
        self.assertEqual(lines[9:12:2], [f'  File "/project/suite.py", line {n}, in wait' for n in (10, 76)])
        self.assertEqual(lines[10], "  ... 65 more calls ...")

    def test_a_long_line_is_cut_short(self) -> None:
        linecache.cache["<long>"] = (1, None, ["x" * 1_000], "<long>")
        self.addCleanup(linecache.cache.pop, "<long>")
        self.assertEqual(Place("<long>", 1, "f", "m").source, "x" * 200 + "...")


class NameTests(unittest.TestCase):
    """What a callable is called without asking the user's code."""

    def test_a_function_and_one_with_arguments(self) -> None:
        self.assertEqual(name_of_callable(waits), "waits")
        self.assertEqual(name_of_callable(functools.partial(functools.partial(max, 1), 2)), "max")

    def test_something_without_a_name(self) -> None:
        class Odd:
            def __repr__(self) -> str:
                raise AssertionError("it is asked for its representation")

        self.assertEqual(name_of_callable(Odd()), "of type NameTests.test_something_without_a_name.<locals>.Odd")


class DefinitionTests(unittest.TestCase):
    """Where a function begins."""

    def test_a_function_below_its_decorators(self) -> None:
        @functools.wraps(waits)
        def wrapper() -> None:
            """Stand for it."""

        self.assertEqual(definition_of(wrapper), Place(__file__, line(waits, 0), "waits", __name__))

    def test_what_has_no_code(self) -> None:
        for thing in (None, max, 1):
            self.assertIsNone(definition_of(thing))


class AwaitChainTests(SuspendedCase):
    """Where something that is awaited stands, whatever there is between the coroutines."""

    async def test_everything_that_can_be_between_two_coroutines(self) -> None:
        for function, between in CHAINS:
            with self.subTest(function.__name__):
                task = await self.suspend(function(self.future))
                self.assertEqual(sources(await_chain(task)), [*between, "await future"])

    async def test_a_coroutine_as_well_as_a_task(self) -> None:
        task = await self.suspend(iterates(self.future))
        self.assertEqual(await_chain(task.get_coro()), await_chain(task))

    async def test_an_asynchronous_generator(self) -> None:
        generator = generates(self.future)
        step = generator.asend(None)
        await self.suspend(self._await(step))
        self.assertEqual(sources(await_chain(generator)), ["await waits(future)", "await future"])
        self.assertEqual(await_chain(step), await_chain(generator))

    async def _await(self, awaitable: Awaitable_[object]) -> None:
        await awaitable

    async def test_what_is_sent_to_a_generator_is_not_taken_for_it(self) -> None:
        async def receives() -> AsyncGenerator[None, Any]:
            yield
            await self.future

        other = sleeps()
        self.addCleanup(other.close)
        generator = receives()
        await anext(generator)
        task = await self.suspend(self._send(generator, other))
        self.assertEqual(sources(await_chain(task)), ["await generator.asend(thing)", "await self.future"])

    async def _send(self, generator: AsyncGenerator[None, Any], thing: object) -> None:
        await generator.asend(thing)

    async def test_a_coroutine_that_has_not_begun(self) -> None:
        coroutine = sleeps()
        self.addCleanup(coroutine.close)
        self.assertEqual(sources(await_chain(coroutine)), ["async def sleeps() -> None:"])

    async def test_a_task_that_is_done(self) -> None:
        self.assertEqual(await_chain(await self.suspend(asyncio.sleep(0))), [])

    async def test_a_coroutine_that_is_done(self) -> None:
        coroutine = sleeps()
        coroutine.close()
        self.assertEqual(await_chain(coroutine), [])

    async def test_something_that_is_not_awaitable(self) -> None:
        self.assertEqual(await_chain(object()), [])

    async def test_a_function_of_asyncio_is_the_innermost(self) -> None:
        chain = await_chain(await self.suspend(sleeps()))
        self.assertEqual(
            [(each.function, each.module) for each in chain], [("sleeps", __name__), ("sleep", "asyncio.tasks")]
        )

    async def test_a_future_that_a_generator_hands_to_the_task(self) -> None:
        other = self.start(sleeps())
        task = await self.suspend(awaits_bare(other))
        self.assertEqual(
            sources(await_chain(task)), ["await Bare(future)", "yield self.future", "await asyncio.sleep(3600)"]
        )

    async def test_no_further_than_a_limit(self) -> None:
        task = await self.suspend(iterates(self.future))
        with mock.patch.object(stacks, "_LONGEST", 4):  # the task, its coroutine, the step, the generator
            self.assertEqual(sources(await_chain(task)), ["async for _ in generates(future):", "await waits(future)"])

    async def test_nothing_is_held_on_to(self) -> None:
        thing = Awaitable(self.future)
        dead = weakref.ref(thing)
        coroutine = keeps(thing, self.future)
        coroutine.send(None)
        del thing
        gc.disable()
        self.addCleanup(gc.enable)
        chain = await_chain(coroutine)
        coroutine.close()
        del coroutine
        self.assertIsNone(dead())
        self.assertEqual(sources(chain), ["await future"])

    async def test_what_is_returned_can_be_pickled(self) -> None:
        chain = await_chain(await self.suspend(iterates(self.future)))
        self.assertEqual(pickle.loads(pickle.dumps(chain)), chain)


class OtherTasksTests(SuspendedCase):
    """A chain goes on into the task that is waited for."""

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.other = self.start(sleeps(), "other")

    async def chain(self, coroutine: Coroutine[Any, Any, Any]) -> list[str]:
        """Return the chain of a task that waits for another."""
        return sources(await_chain(await self.suspend(coroutine)))

    async def test_awaited(self) -> None:
        self.assertEqual(await self.chain(waits(self.other)), ["await future", "await asyncio.sleep(3600)"])

    async def test_waited_for_with_a_timeout(self) -> None:
        self.assertEqual(
            await self.chain(self._wait_for()), ["await asyncio.wait_for(self.other, 60)", "await asyncio.sleep(3600)"]
        )

    async def _wait_for(self) -> None:
        await asyncio.wait_for(self.other, 60)

    async def test_waited_for(self) -> None:
        self.assertEqual(
            await self.chain(self._wait()), ["await asyncio.wait([self.other])", "await asyncio.sleep(3600)"]
        )

    async def _wait(self) -> None:
        await asyncio.wait([self.other])

    async def test_shielded(self) -> None:
        self.assertEqual(
            await self.chain(self._shield()), ["await asyncio.shield(self.other)", "await asyncio.sleep(3600)"]
        )

    async def _shield(self) -> None:
        await asyncio.shield(self.other)

    async def test_the_last_that_is_gathered(self) -> None:
        self.assertEqual(
            await self.chain(self._gather(self.start(asyncio.sleep(0)))),
            ["await asyncio.gather(self.other, *others)", "await asyncio.sleep(3600)"],
        )

    async def _gather(self, *others: asyncio.Task[Any]) -> None:
        await asyncio.gather(self.other, *others)

    async def test_not_where_there_are_several(self) -> None:
        self.assertEqual(
            await self.chain(self._gather(self.start(sleeps()))), ["await asyncio.gather(self.other, *others)"]
        )

    async def test_in_a_group(self) -> None:
        self.assertEqual(
            await self.chain(self._group()), ["async with asyncio.TaskGroup() as group:", "await asyncio.sleep(3600)"]
        )

    async def _group(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(sleeps())

    async def test_not_if_it_is_not_wanted(self) -> None:
        task = await self.suspend(waits(self.other))
        self.assertEqual(sources(await_chain(task, into_tasks=False)), ["await future"])
        self.assertEqual(sources(task_chain(task, into_tasks=False)), ["await future"])

    async def test_tasks_that_wait_for_each_other(self) -> None:
        async def first() -> None:
            await asyncio.shield(second)  # or they would cancel each other for ever at the end of the test

        second = self.start(waits(self.start(first())))
        for _ in range(3):
            await asyncio.sleep(0)
        self.assertEqual(
            sources(await_chain(second)),
            [
                "await future",
                "await asyncio.shield(second)  # or they would cancel each other for ever at the end of the test",
            ],
        )


class OddThingsTests(SuspendedCase):
    """Nothing is raised, and no code of the user's is called."""

    async def test_an_attribute_that_raises(self) -> None:
        class Odd:
            @property
            def cr_await(self) -> object:
                raise RuntimeError("no")

            cr_frame = cr_running = get_coro = cr_origin = cr_await

        odd = Odd()
        self.assertEqual((await_chain(odd), waits_for(odd), creation_of(odd)), ([], "", []))

    async def test_an_attribute_of_an_instance_is_not_looked_at(self) -> None:
        class Odd:
            def __getattr__(self, name: str) -> object:
                calls.append(name)
                return None

        calls: list[str] = []
        self.assertEqual((await_chain(Odd()), waits_for(Odd()), creation_of(Odd())), ([], "", []))
        self.assertEqual(calls, [])

    async def test_a_coroutine_of_another_kind(self) -> None:
        inner = sleeps()
        self.addCleanup(inner.close)

        class Compiled:
            """What a compiler for Python makes of a coroutine: it has the attributes and no frame."""

            cr_await = inner

        self.assertEqual(sources(await_chain(Compiled())), ["async def sleeps() -> None:"])

    async def test_a_task_that_can_not_be_asked(self) -> None:
        class Odd(asyncio.Task[Any]):
            def get_name(self) -> str:
                raise RuntimeError("no")

            cancelling = get_coro = get_name  # type: ignore[assignment]  # odd on purpose

        coroutine = sleeps()
        task = Odd(coroutine)
        self.tasks.append(task)
        await asyncio.sleep(0)
        self.assertEqual(describe_task(task), "Task '?' of NoneType can't be described")

    async def test_representations_are_not_asked_for(self) -> None:
        class Odd(asyncio.Queue[int]):
            def __repr__(self) -> str:
                raise AssertionError("called")

        class OddFuture(asyncio.Future[None]):
            __repr__ = Odd.__repr__

        queue = Odd()
        self.assertEqual(waits_for(await self.suspend(queue.get())), f"Queue.get() of <Odd at {id(queue):#x}>")
        future = OddFuture()
        self.assertEqual(waits_for(await self.suspend(waits(future))), "<OddFuture pending>")

    async def test_a_delay_that_is_no_number(self) -> None:
        class Delay(float):
            def __str__(self) -> str:
                raise AssertionError("called")

            __repr__ = __str__

        self.assertEqual(waits_for(await self.suspend(asyncio.sleep(Delay(60)))), "asyncio.sleep()")


class WaitsForTests(SuspendedCase):
    """What is waited for, in a few words."""

    async def words(self, awaitable: Coroutine[Any, Any, Any]) -> str:
        """Return what a task waits for in which something is awaited."""
        return waits_for(await self.suspend(self._await(awaitable)))

    async def _await(self, awaitable: Awaitable_[object]) -> None:
        await awaitable

    async def test_a_future(self) -> None:
        self.assertEqual(await self.words(waits(self.future)), "<Future pending>")

    async def test_the_iterator_of_a_future(self) -> None:
        self.assertEqual(waits_for(self.future.__await__()), "<Future pending>")

    async def test_a_future_of_another_class(self) -> None:
        class Mine(asyncio.Future[None]):
            """A future of a user's."""

        self.assertEqual(await self.words(waits(Mine())), "<Mine pending>")

    async def test_a_task(self) -> None:
        self.assertEqual(await self.words(waits(self.start(sleeps(), "other"))), "task 'other'")

    async def test_tasks_that_are_gathered(self) -> None:
        tasks = [self.start(sleeps(), f"other {number}") for number in range(7)]
        self.assertEqual(
            await self.words(self._gather(*tasks[:2], self.start(asyncio.sleep(0)))), "tasks 'other 0', 'other 1'"
        )
        self.assertEqual(
            await self.words(self._gather(*tasks)),
            "tasks 'other 0', 'other 1', 'other 2', 'other 3', 'other 4' and 2 more",
        )

    async def _gather(self, *others: asyncio.Future[Any]) -> None:
        await asyncio.gather(*others)

    async def test_futures_that_are_gathered(self) -> None:
        self.assertEqual(
            await self.words(self._gather(self.future, self.loop.create_future())), "<_GatheringFuture pending>"
        )

    async def test_a_task_that_is_shielded(self) -> None:
        task = self.start(sleeps(), "other")
        self.assertEqual(await self.words(self._shield(task)), "task 'other'")

    async def _shield(self, task: asyncio.Task[Any]) -> None:
        await asyncio.shield(task)

    async def test_tasks_that_are_waited_for(self) -> None:
        tasks = [self.start(sleeps(), "one")]
        self.assertEqual(await self.words(asyncio.wait(tasks)), "asyncio.wait() of task 'one'")

    async def test_a_future_with_a_timeout(self) -> None:
        self.assertEqual(await self.words(asyncio.wait_for(self.future, 60)), "asyncio.wait_for()")

    async def test_a_group(self) -> None:
        async def group() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(sleeps(), name="one")

        self.assertEqual(await self.words(group()), "TaskGroup.__aexit__() of task 'one'")

    async def test_sleep(self) -> None:
        self.assertEqual(await self.words(sleeps()), "asyncio.sleep(3600)")

    async def test_a_lock(self) -> None:
        lock = asyncio.Lock()
        await lock.acquire()

        async def enters() -> None:
            async with lock:
                pass

        words = await self.words(enters())
        self.assertEqual(words, f"Lock.acquire() of {lock!r}")
        self.assertRegex(words, r"^Lock\.acquire\(\) of <asyncio\.locks\.Lock object at 0x\w+ \[locked, waiters:1\]>$")

    async def test_a_queue(self) -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        self.assertEqual(await self.words(queue.get()), f"Queue.get() of <Queue at {id(queue):#x}>")

    async def test_a_job_of_an_executor(self) -> None:
        entered, done = threading.Event(), threading.Event()

        def job() -> None:
            entered.set()
            done.wait()

        with ThreadPoolExecutor(1) as executor:
            try:
                running = self.loop.run_in_executor(executor, job)
                pending = self.loop.run_in_executor(executor, job)
                entered.wait()
                words = [await self.words(waits(running)), await self.words(waits(pending))]
            finally:
                done.set()
            await asyncio.gather(running, pending)
        self.assertEqual(
            words,
            ["a concurrent.futures.Future that is running", "a concurrent.futures.Future that is pending"],
        )

    async def test_the_next_turn_of_the_loop(self) -> None:
        self.assertEqual(await self.words(turns()), "the next turn of the loop")

    async def test_a_future_that_is_done_by_now(self) -> None:
        task = await self.suspend(waits(self.future))
        self.future.set_result(None)
        self.assertEqual(waits_for(task), "the next turn of the loop")

    async def test_a_task_that_has_not_begun(self) -> None:
        self.assertEqual(waits_for(self.start(sleeps())), "its first turn of the loop")

    async def test_a_future_that_a_generator_hands_to_the_task(self) -> None:
        self.assertEqual(await self.words(awaits_bare(self.future)), "<Future pending>")

    async def test_a_coroutine_that_runs(self) -> None:
        task = asyncio.current_task()
        self.assertEqual(waits_for(task), "")

    async def test_a_task_that_is_done(self) -> None:
        self.assertEqual(waits_for(await self.suspend(asyncio.sleep(0))), "")

    async def test_something_unknown(self) -> None:
        class Unknown:
            def __await__(self) -> "Unknown":
                return self

            def __iter__(self) -> "Unknown":
                return self

            def __next__(self) -> None:
                return None

        self.assertEqual(await self.words(Unknown()), "")  # type: ignore[arg-type]  # as good as an awaitable


class RunningTaskTests(SuspendedCase):
    """Where a task is that runs: its coroutines tell nothing then, the stack of its thread does."""

    def seen(self) -> list[Place]:
        """Return the chain of the current task."""
        task = asyncio.current_task()
        assert task is not None
        return task_chain(task, sys._getframe())

    async def looks(self) -> list[str]:
        return sources(self.seen())

    async def yields(self) -> AsyncGenerator[list[str], None]:
        yield await self.looks()

    async def starts(self) -> list[str]:
        return await anext(self.yields())

    async def test_as_far_as_its_outermost_coroutine(self) -> None:
        self.assertEqual(
            await self.start(self.starts()),
            [
                "return await anext(self.yields())",
                "yield await self.looks()",
                "return sources(self.seen())",
                "return task_chain(task, sys._getframe())",
            ],
        )

    async def test_a_suspended_one_whatever_its_thread_does(self) -> None:
        task = await self.suspend(iterates(self.future))
        self.assertEqual(task_chain(task, sys._getframe()), await_chain(task))

    async def test_without_the_frame_it_is_where_its_coroutine_was_entered(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.assertEqual(task_chain(task), await_chain(task))
        self.assertEqual(len(await_chain(task)), 1)


class CreationTests(SuspendedCase):
    def setUp(self) -> None:
        before = sys.get_coroutine_origin_tracking_depth()
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, before)

    def make(self) -> asyncio.Task[None]:
        return self.start(sleeps())

    async def test_of_a_coroutine(self) -> None:
        sys.set_coroutine_origin_tracking_depth(2)
        task = self.make()
        self.assertEqual(
            creation_of(task.get_coro()),
            [
                Place(__file__, line(self.make, 1), "make", ""),
                Place(__file__, line(self.test_of_a_coroutine, 2), "test_of_a_coroutine", ""),
            ],
        )

    async def test_of_a_task_it_is_that_of_its_coroutine(self) -> None:
        sys.set_coroutine_origin_tracking_depth(2)
        task = self.make()
        self.assertEqual(creation_of(task), creation_of(task.get_coro()))

    async def test_of_a_task_in_debug_mode(self) -> None:
        self.loop.set_debug(True)
        sys.set_coroutine_origin_tracking_depth(0)
        task = self.make()
        places = [each for each in creation_of(task) if each.file == __file__]
        self.assertEqual(
            places[:3],
            [
                Place(__file__, line(self.start, 2), "start", ""),
                Place(__file__, line(self.make, 1), "make", ""),
                Place(__file__, line(self.test_of_a_task_in_debug_mode, 3), "test_of_a_task_in_debug_mode", ""),
            ],
        )

    async def test_modules_are_told_by_their_files(self) -> None:
        sys.set_coroutine_origin_tracking_depth(20)
        task = self.make()
        modules = {each.module for each in creation_of(task)}
        self.assertTrue({"asyncio.runners", "asyncio.events", "unittest.async_case"} <= modules, modules)

    async def test_that_of_aiounit(self) -> None:
        names: dict[str, Any] = {"sleeps": sleeps}
        exec(compile("def make(): return sleeps()", stacks.__file__, "exec"), names)
        sys.set_coroutine_origin_tracking_depth(1)
        task = self.start(names["make"]())
        self.assertEqual(creation_of(task), [Place(stacks.__file__, 1, "make", "aiounit.introspect.stacks")])

    async def test_not_written_down(self) -> None:
        self.assertEqual(creation_of(self.make()), [])

    async def test_of_something_else(self) -> None:
        self.assertEqual(creation_of(generates(self.future)), [])
