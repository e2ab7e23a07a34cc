"""Threads belong to the tests that start them."""

import _thread
import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.checks import starters
from aiounit.introspect import sites
from tests.checks.support import QuietTestCase, case_of, findings, session


class OwnerTests(QuietTestCase):
    def name(self, start: Any, *, base: type[AsyncTestCase] = AsyncTestCase) -> list[str]:
        """Return the names of the subjects that a thread of a test belongs to."""
        names = []

        def note() -> None:
            subject = starters.here()
            names.append("nobody" if subject is None else subject.name)

        async def body(case: Any) -> None:
            await start(note)

        self.assertEqual(findings(case_of(body, base=base)), [])
        return names

    def test_a_thread(self) -> None:
        async def start(note: Any) -> None:
            thread = threading.Thread(target=note)
            thread.start()
            thread.join()

        self.assertEqual(self.name(start), ["suite.Case.test"])

    def test_a_thread_of_a_thread(self) -> None:
        async def start(note: Any) -> None:
            def run() -> None:
                inner = threading.Timer(0, note)
                inner.start()
                inner.join()

            thread = threading.Thread(target=run)
            thread.start()
            thread.join()

        self.assertEqual(self.name(start), ["suite.Case.test"])

    def test_one_of_the_low_level_module(self) -> None:
        async def start(note: Any) -> None:
            done = threading.Event()

            def run() -> None:
                note()
                done.set()

            _thread.start_new_thread(run, ())
            done.wait(10)

        self.assertEqual(self.name(start), ["suite.Case.test"])

    def test_jobs_of_the_executor_without_a_context(self) -> None:
        async def start(note: Any) -> None:
            await asyncio.get_running_loop().run_in_executor(None, note)

        shared = type("Shared", (AsyncTestCase,), {"shared_loop": True})
        self.assertEqual(self.name(start, base=shared), ["suite.Case.test"])

    def test_a_pool_that_was_there_before_belongs_to_nobody(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()

            async def start(note: Any) -> None:
                pool.submit(note).result()

            self.assertEqual(self.name(start), ["nobody"])

    def test_a_thread_that_a_test_which_is_over_starts(self) -> None:
        subject = session("over")
        subject.is_over = True
        with starters.belonging_to(subject):
            self.assertIsNone(starters._start(None))

    def test_a_thread_that_nobody_has_started(self) -> None:
        starters._begin(None, None)
        self.assertEqual((starters.here(), starters.started_at()), (None, ()))

    def test_a_thread_that_nobody_has_started_is_not_adopted(self) -> None:
        thread = threading.Thread()
        starters.adopt(thread, session("other"))
        self.assertEqual(starters.site_of(thread), sites.Site())

    def test_a_thread_knows_its_subject_and_keeps_the_calls_of_coroutines_for_it(self) -> None:
        seen: list[object] = []
        subject = session("test", policy=mock.Mock(wants_coroutines=True))

        def run() -> None:
            starters._begin(None, starters._Started(subject, sites.Site()))
            seen.extend((starters.here(), sys.get_coroutine_origin_tracking_depth()))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(seen, [subject, starters._DEPTH])

    def test_or_does_not_where_no_check_wants_them(self) -> None:
        subject = session("test", policy=mock.Mock(wants_coroutines=False))
        depths: list[int] = []

        def run() -> None:
            starters._begin(None, starters._Started(subject, sites.Site()))
            depths.append(sys.get_coroutine_origin_tracking_depth())

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(depths, [0])

    def test_coroutines_are_not_kept_where_no_check_wants_them(self) -> None:
        async def body(case: Any) -> None:
            def run() -> None:
                case.assertEqual(sys.get_coroutine_origin_tracking_depth(), 0)

            await asyncio.to_thread(run)

        self.assertEqual(findings(case_of(body, checks={"all": "off", "errors": "fail"})), [])


class ResultTests(QuietTestCase):
    """Coroutines that jobs have returned."""

    def started_for(self, depth: int) -> int:
        """Return how many places are known of a coroutine that was made with so many calls kept."""

        async def nothing() -> None:
            """Do nothing."""

        self.addCleanup(sys.set_coroutine_origin_tracking_depth, sys.get_coroutine_origin_tracking_depth())
        sys.set_coroutine_origin_tracking_depth(depth)
        coroutine: Any = nothing()
        self.addCleanup(coroutine.close)
        starters.note_result(coroutine, sites.note(sys._getframe()))
        return len(starters.started_for(coroutine))

    def test_one_is_known_by_the_calls_that_have_made_it(self) -> None:
        self.assertGreater(self.started_for(1), 0)

    def test_one_without_any_is_not_known(self) -> None:
        self.assertEqual(self.started_for(0), 0)
