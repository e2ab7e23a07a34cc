"""What the fixtures of a class, a module or the run leave behind is reported there."""

import asyncio
import contextlib
import contextvars
import gc
import io
import logging
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, resource
from aiounit.checks.ledger import Ledger
from aiounit.loops.owner import LoopOwner
from aiounit.resources.holder import Holder
from aiounit.resources.scopes import Scope, ScopeName
from aiounit.runs.scope_checks import ScopeChecks
from tests.checks.support import QuietTestCase
from tests.resources.support import fake_module, run_suite


async def for_ever() -> None:
    await asyncio.Event().wait()


def leaving(scope: ScopeName) -> Any:
    @resource(scope=scope)
    async def leaves() -> AsyncIterator[asyncio.Task[None]]:
        yield asyncio.create_task(for_ever(), name=f"of the {scope}")

    return leaves


class ScopeTests(QuietTestCase):
    def log_of(self, scope: ScopeName, **names: Any) -> list[str]:
        tasks = []

        class Case(AsyncTestCase):
            __module__ = "suite_of_leaks"
            task = leaving(scope)
            vars().update(names)

            async def test(self) -> None:
                self.assertFalse(self.task.done())
                tasks.append(self.task)

        with fake_module("suite_of_leaks"), contextlib.redirect_stderr(io.StringIO()):
            log = run_suite(Case).log
        self.assertTrue(tasks[0].cancelled())
        return [entry[:150] for entry in log]

    def test_class(self) -> None:
        first, second, last = self.log_of("class")
        self.assertEqual([first, second], ["start test", "addSuccess"])
        self.assertRegex(last, r"^tearDownClass FindingError\('tasks', .*'of the class.* when the class had ended")

    def test_module(self) -> None:
        *_, last = self.log_of("module")
        self.assertRegex(last, r"^tearDownModule FindingError\('tasks', .*'of the module.* when the module had ended")

    def test_run(self) -> None:
        *_, last = self.log_of("run")
        self.assertRegex(last, r"^closing the resources of the run FindingError\('tasks', .* when the run had ended")

    def test_off(self) -> None:
        self.assertEqual(self.log_of("class", checks={"all": "off"}), ["start test", "addSuccess"])


class LostLoopTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        # asyncio logs that a task is destroyed whose loop was closed.
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))
        self.addCleanup(gc.collect)

    def test_a_loop_that_a_test_has_closed(self) -> None:
        class Case(AsyncTestCase):
            task = leaving("class")

            async def test_1(self) -> None:
                """Pass."""

            def test_2(self) -> None:
                asyncio.get_event_loop().close()

        log = run_suite(Case).log
        self.assertEqual(log[:3], ["start test_1", "addSuccess", "start test_2"])
        self.assertRegex(log[3], "^addError LoopError")

    def test_one_that_a_fixture_has_closed(self) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            task = leaving("class")

            async def test(self) -> None:
                loops.append(asyncio.get_running_loop())

            @classmethod
            def tearDownClass(cls) -> None:
                loops[0].close()

        log = run_suite(Case).log
        self.assertEqual(log[:2], ["start test", "addSuccess"])


class KeeperTests(QuietTestCase):
    def test_scopes_that_are_not_there(self) -> None:
        checks = ScopeChecks(Ledger())
        holder = Holder(Scope.RUN, None, contextvars.copy_context())
        self.assertEqual([*checks.keepers(None), *checks.keepers(holder), *checks.end(holder, LoopOwner(None))], [])
