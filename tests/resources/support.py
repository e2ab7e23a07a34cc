"""What the tests of resources share: running whole classes, and resources that write down what happens to them."""

import contextlib
import sys
import types
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

from aiounit import Resource, depends, resource
from aiounit.resources.scopes import ScopeName
from tests.support import Events, ExcInfo


class SuiteEvents(Events):
    """Events of whole suites: what goes wrong in a class, a module or the run is written with where it did."""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.log[-1] = f"start {test.id().rpartition('.')[2]}"

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.log.pop()

    def addError(self, test: Any, err: ExcInfo) -> None:
        super().addError(test, err)
        if not isinstance(test, unittest.TestCase):
            self.log[-1] = f"{test.description.partition(' (')[0]} {err[1]!r}"

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        if not isinstance(test, unittest.TestCase):
            self.log[-1] = f"{test.description.partition(' (')[0]} skipped {reason}"


def run_suite(*kinds: type[unittest.TestCase], log: list[str] | None = None) -> SuiteEvents:
    """Run the tests of classes as a runner does, to the end of the run."""
    result = SuiteEvents(log)
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(kind) for kind in kinds)
    result.startTestRun()
    try:
        suite.run(result)
    finally:
        result.stopTestRun()
    return result


@contextlib.contextmanager
def fake_module(name: str, **names: object) -> Iterator[types.ModuleType]:
    """Have a module while the block runs; classes say that they are of it with ``__module__``."""
    module = types.ModuleType(name)
    vars(module).update(names)
    sys.modules[name] = module
    try:
        yield module
    finally:
        del sys.modules[name]


def logged(
    log: list[str],
    name: str = "it",
    *,
    scope: ScopeName = "test",
    on: Resource[str] | None = None,
    opens: BaseException | None = None,
    closes: BaseException | None = None,
) -> Resource[str]:
    """Return a resource that writes down when it opens and closes, and may raise then."""

    async def opened(_below: object = None) -> AsyncIterator[str]:
        log.append(f"open {name}")
        if opens is not None:
            raise opens
        yield name
        log.append(f"close {name}")
        if closes is not None:
            raise closes

    if on is not None:
        opened.__defaults__ = (depends(on),)
    opened.__qualname__ = name
    return resource(scope=scope)(opened)
