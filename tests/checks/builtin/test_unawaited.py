"""Which test a coroutine belongs to that was never awaited, whenever that comes to notice."""

import _thread
import asyncio
import gc
import sys
import threading
import unittest
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, FindingError, _stdlib
from aiounit.checks import interception
from aiounit.checks.builtin import unawaited
from tests.checks.support import QuietTestCase, case_of, findings, first_lines, kinds, latecomers
from tests.resources.support import run_suite
from tests.support import run


class Node:
    """Something that holds itself."""

    def __init__(self, thing: object) -> None:
        self.me = self
        self.thing = thing


async def nothing() -> None:
    pass


async def leaves_a_cycle(case: AsyncTestCase) -> None:
    Node(nothing())


async def passes(case: AsyncTestCase) -> None:
    pass


# As the constructor of a named tuple, it has no ``__import__``, which Python needs in order to warn.
collect_within: Callable[[], int] = eval("lambda: collect()", {"__builtins__": {}, "collect": gc.collect})


class RouteTests(unittest.TestCase):
    """Which check takes which coroutines."""

    def test_before_mocks_are_imported_all_are_taken_as_the_users(self) -> None:
        codes = [None, nothing.__code__, _stdlib.mocks.MOCK_CALL]
        loaded = [unawaited._watcher._check_for(code).name for code in codes]
        without = {name: module for name, module in sys.modules.items() if "mock" not in name}
        with mock.patch.dict(sys.modules, without, clear=True):
            unloaded = [unawaited._watcher._check_for(code).name for code in codes]
        self.assertEqual(
            (loaded, unloaded), (["coroutines", "coroutines", "mocks"], ["coroutines", "coroutines", "coroutines"])
        )


class LostTests(QuietTestCase):
    """Those that the garbage collector destroys where Python can't warn of them."""

    def setUp(self) -> None:
        super().setUp()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        self.enterContext(mock.patch.object(interception, "users", set()))
        # The hook of this class must be there first. With Python's own, aiounit's counts as taken out with a patch.
        self.enterContext(mock.patch.object(sys, "unraisablehook", sys.__unraisablehook__))
        interception.take_out()
        self.printed: list[str] = []
        self.enterContext(mock.patch.object(sys, "unraisablehook", lambda a: self.printed.append(repr(a.exc_value))))
        self.addCleanup(interception.take_out)

    def whats(self) -> list[str]:
        return [each.describe().what for each in latecomers()]

    def test_in_a_later_test(self) -> None:
        async def collects(case: AsyncTestCase) -> None:
            collect_within()

        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        self.assertEqual(findings(case_of(collects)), [])
        self.assertEqual(self.whats(), ["coroutine nothing() was never awaited"])

    def test_when_no_test_runs(self) -> None:
        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        collect_within()
        self.assertEqual((self.whats(), self.printed), (["coroutine nothing() was never awaited"], []))

    def test_several(self) -> None:
        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        collect_within()
        self.assertEqual(self.whats(), ["coroutine nothing() was never awaited"] * 2)

    @unittest.skipUnless(sys.version_info >= (3, 14), "Python tells the coroutine")
    def test_the_whole_finding_if_only_the_representation_is_known(self) -> None:
        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        collect_within()
        (late,) = latecomers()
        found = late.describe()
        self.assertEqual((found.what, found.name), ("coroutine nothing() was never awaited", "nothing"))
        self.assertEqual(found.remedy, "Await it, or make a task of it; close() it if it is not to run")
        self.assertRegex(found.details[0], "^Python does not tell where it was made: ")

    def test_that_of_a_mock_which_may_be_allowed(self) -> None:
        async def leaves_a_call(case: AsyncTestCase) -> None:
            stub = case.asyncStub(allow_unawaited=True)
            Node(stub())

        self.assertEqual(findings(case_of(leaves_a_call)), [])
        collect_within()
        self.assertEqual(self.whats(), [])

    def test_of_a_test_without_the_check(self) -> None:
        async def leaves_another(case: AsyncTestCase) -> None:
            Node(nothing())

        self.assertEqual(findings(case_of(leaves_another, checks={"coroutines": "off"})), [])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            collect_within()
        self.assertEqual((self.whats(), self.printed[:1]), ([], ["KeyError('__import__')"]))


class LateTests(QuietTestCase):
    """Those that are found by the garbage collector when their test is over."""

    def setUp(self) -> None:
        super().setUp()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def latecomers(self) -> list[str]:
        return [f"{each.name} {each.check} {each.describe().what}" for each in latecomers()]

    def test_it_is_blamed_on_its_own_test(self) -> None:
        async def collects(case: AsyncTestCase) -> None:
            gc.collect()

        self.assertEqual(findings(case_of(leaves_a_cycle)), [])
        self.assertEqual(findings(case_of(collects)), [])
        self.assertEqual(self.latecomers(), ["suite.Case.test coroutines coroutine nothing() was never awaited"])

    def test_also_when_no_test_runs(self) -> None:
        findings(case_of(leaves_a_cycle))
        gc.collect()
        self.assertEqual(self.latecomers(), ["suite.Case.test coroutines coroutine nothing() was never awaited"])

    def test_it_is_the_test_that_runs_if_that_has_made_it(self) -> None:
        async def collects(case: AsyncTestCase) -> None:
            Node(nothing())
            gc.collect()

        self.assertEqual(first_lines(case_of(collects)), ["coroutines: coroutine nothing() was never awaited"])

    def test_a_run_inside_a_test_reports_nothing_of_the_run_around_it(self) -> None:
        inner: list[str] = []

        class Inner(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        class Outer(AsyncTestCase):
            async def test_1(self) -> None:
                Node(nothing())

            def test_2(self) -> None:
                inner.extend(run_suite(Inner).log)

        *_, last = run_suite(Outer).log
        self.assertEqual(inner, ["start test", "addSuccess"])
        self.assertRegex(last, r"^closing the .* FindingError\('coroutines', .* \(found after .*\.test_1 had ended\)")

    def test_a_test_that_failed_never_got_so_far(self) -> None:
        async def fails(case: AsyncTestCase) -> None:
            Node(nothing())
            case.fail("no")

        run(case_of(fails))
        gc.collect()
        self.assertEqual(self.latecomers(), [])

    def test_one_of_nobody_that_is_known_is_warned_of_as_usual(self) -> None:
        kept: list[Any] = []

        async def collects(case: AsyncTestCase) -> None:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                kept.clear()
                gc.collect()
                kept.extend(str(each.message).partition("\n")[0] for each in caught)

        node = Node(nothing())
        kept.append(node)
        del node
        self.assertEqual(findings(case_of(collects)), [])
        self.assertEqual(kept, ["coroutine 'nothing' was never awaited"])

    def test_a_late_one_of_a_test_without_the_check(self) -> None:
        findings(case_of(leaves_a_cycle, checks={"all": "off"}))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gc.collect()
        self.assertEqual(
            [str(each.message).partition("\n")[0] for each in caught], ["coroutine 'nothing' was never awaited"]
        )

    def test_a_late_one_of_a_test_without_the_check_after_one_with_it(self) -> None:
        findings(case_of(leaves_a_cycle, checks={"coroutines": "off"}))
        findings(case_of(passes))
        with self.assertWarnsRegex(RuntimeWarning, "coroutine 'nothing' was never awaited"):
            gc.collect()


def deep(depth: int) -> object:
    return deep(depth - 1) if depth else nothing()


class UnknownTests(QuietTestCase):
    """Those that no call of a test has led to, as far as Python has kept the calls."""

    def found(self, *bodies: Any) -> list[str]:
        """Return what is found in some tests, and with the run."""
        found = [line for body in bodies for line in first_lines(case_of(body))]
        return found + [f"{each.name or 'unknown'}: {each.describe().what}" for each in latecomers()]

    def test_one_that_another_test_drops_is_nobodys_by_name(self) -> None:
        kept: list[object] = []

        async def guilty(case: AsyncTestCase) -> None:
            kept.append(deep(12))

        async def innocent(case: AsyncTestCase) -> None:
            kept.clear()

        for between in range(3):
            with self.subTest(between):
                self.assertEqual(
                    self.found(guilty, *[passes] * between, innocent),
                    ["unknown: coroutine nothing() was never awaited"],
                )

    def test_one_that_its_own_test_drops(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            deep(12)

        self.assertEqual(self.found(body), ["coroutines: coroutine nothing() was never awaited"])

    def test_one_that_is_dropped_between_tests(self) -> None:
        kept: list[object] = []

        async def body(case: AsyncTestCase) -> None:
            kept.append(deep(12))

        self.assertEqual(self.found(body), [])
        kept.clear()
        self.assertEqual(self.found(), ["unknown: coroutine nothing() was never awaited"])

    def test_one_that_is_made_outside_of_tests_is_pythons_to_warn_of(self) -> None:
        self.assertEqual(self.found(passes), [])
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, sys.get_coroutine_origin_tracking_depth())
        sys.set_coroutine_origin_tracking_depth(10)  # as asyncio's debug mode does
        with self.assertWarnsRegex(RuntimeWarning, "coroutine 'nothing' was never awaited"):
            deep(12)
        self.assertEqual(self.found(), [])

    def test_the_run_says_that_it_does_not_know(self) -> None:
        class Case(AsyncTestCase):
            kept: list[object] = []

            async def test_1(self) -> None:
                self.kept.append(deep(12))

            async def test_2(self) -> None:
                self.kept.clear()

        result = run_suite(Case)
        self.assertEqual(kinds(result.log[:-1]), ["start test_1", "addSuccess", "start test_2", "addSuccess"])
        self.assertEqual(
            str(result.raised[0]).partition("\n")[0],
            "coroutines: coroutine nothing() was never awaited (it is not known which test made it)",
        )


MAKES: Callable[[], object] = nothing


async def in_the_executor() -> None:
    await asyncio.get_running_loop().run_in_executor(None, MAKES)


async def by_to_thread() -> None:
    await asyncio.to_thread(MAKES)


async def in_a_pool() -> None:
    with ThreadPoolExecutor() as pool:
        pool.submit(nothing)


async def in_a_thread() -> None:
    thread = threading.Thread(target=nothing)
    thread.start()
    thread.join()


async def in_a_bare_thread() -> None:
    kept: list[object] = []
    is_over = threading.Event()

    def work() -> None:
        kept.append(deep(1))
        is_over.set()

    _thread.start_new_thread(work, ())
    is_over.wait()


class ThreadTests(QuietTestCase):
    """The stack of a thread is short: how many calls Python has kept says nothing there."""

    def found(self, make: Callable[[], Coroutine[Any, Any, object]]) -> list[FindingError]:
        async def body(case: AsyncTestCase) -> None:
            await make()

        return findings(case_of(body))

    def test_they_are_findings_of_their_test(self) -> None:
        for make in (in_the_executor, by_to_thread, in_a_pool, in_a_thread, in_a_bare_thread):
            for _ in unawaited._DEPTHS:
                with self.subTest(make.__name__):
                    [error] = self.found(make)
                    self.assertIn("coroutine nothing() was never awaited", str(error))
        self.assertEqual(latecomers(), [])

    def test_where_the_thread_or_the_job_was_started_is_shown(self) -> None:
        for make in (in_the_executor, by_to_thread, in_a_thread):
            with self.subTest(make.__name__):
                self.assertRegex(str(self.found(make)[0]), rf"in {make.__name__}: .*\nAwait it")

    def test_one_of_a_module(self) -> None:
        self.assertTrue(unawaited._reaches_bottom((("m.py", 2, "f"), ("m.py", 3, "<module>"))))


class HeldTests(QuietTestCase):
    def test_one_that_the_next_test_drops(self) -> None:
        kept: list[object] = []

        async def keeps(case: AsyncTestCase) -> None:
            kept.append(nothing())

        async def drops(case: AsyncTestCase) -> None:
            kept.clear()

        self.assertEqual(findings(case_of(keeps)) + findings(case_of(drops)), [])
        self.assertEqual([each.describe().what for each in latecomers()], ["coroutine nothing() was never awaited"])

    def test_one_that_was_made_before_the_test(self) -> None:
        kept: list[object] = [nothing()]

        async def drops(case: AsyncTestCase) -> None:
            kept.clear()

        self.assertEqual(first_lines(case_of(drops)), ["coroutines: coroutine nothing() was never awaited"])

    def test_one_of_synchronous_code(self) -> None:
        def body(case: AsyncTestCase) -> None:
            nothing()  # type: ignore[unused-coroutine] # it is the point

        self.assertEqual(first_lines(case_of(body)), ["coroutines: coroutine nothing() was never awaited"])


class OffTests(QuietTestCase):
    def warned(self, body: Callable[[Any], Any], **names: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(findings(case_of(body, **names)), [])
        return [str(each.message).partition("\n")[0] for each in caught]

    def test_python_warns_where_the_check_is_off(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            nothing()  # type: ignore[unused-coroutine] # it is the point

        self.assertEqual(self.warned(body, checks={"coroutines": "off"}), ["coroutine 'nothing' was never awaited"])
        self.assertEqual(self.warned(body, checks={"all": "off"}), ["coroutine 'nothing' was never awaited"])

    def test_nothing_is_left_switched_on(self) -> None:
        depths = []

        async def body(case: AsyncTestCase) -> None:
            depths.append(sys.get_coroutine_origin_tracking_depth())
            findings(case_of(passes))
            depths.append(sys.get_coroutine_origin_tracking_depth())

        def outer(case: AsyncTestCase) -> None:
            depths.append(sys.get_coroutine_origin_tracking_depth())
            findings(case_of(passes))
            depths.append(sys.get_coroutine_origin_tracking_depth())

        findings(case_of(outer))
        *inside, after = [*depths, sys.get_coroutine_origin_tracking_depth()]
        self.assertEqual((inside[0], after), (inside[1], 0))
        self.assertIn(inside[0], unawaited._DEPTHS)

    def test_what_is_deeper_stays(self) -> None:
        sys.set_coroutine_origin_tracking_depth(20)
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, 0)
        depths = []

        async def body(case: AsyncTestCase) -> None:
            depths.append(sys.get_coroutine_origin_tracking_depth())

        findings(case_of(body))
        self.assertEqual([*depths, sys.get_coroutine_origin_tracking_depth()], [20, 20])


class LineTests(QuietTestCase):
    def test_functions_inside_a_test_are_its_lines_as_well(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            await asyncio.sleep(0)

            def inner() -> None:
                pass

            inner()

        code = body.__code__
        self.assertEqual(unawaited._last_line(code), code.co_firstlineno + 6)


class ShapeTests(QuietTestCase):
    def test_each_check_says_how_it_is_read(self) -> None:
        with self.assertRaises(NotImplementedError):
            unawaited.UnawaitedCheck.read(None)  # type: ignore[arg-type] # it does not look
