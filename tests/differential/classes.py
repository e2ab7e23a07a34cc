"""Builds a test class from a description, on any base class."""

import unittest
from collections.abc import Callable
from typing import Any

from tests.differential.descriptions import ERRORS, Decorator, Description, Hook
from tests.differential.stage import Stage

__all__ = ["build"]


def build(description: Description, base: type[unittest.TestCase], stage: Stage) -> type[unittest.TestCase]:
    """Return the class, whose test is ``test``.

    Args:
        description: What it does.
        base: What it inherits from.
        stage: Where it plays.
    """
    functions = {
        "setUp": description.set_up,
        "asyncSetUp": description.async_set_up,
        "test": description.test,
        "asyncTearDown": description.async_tear_down,
        "tearDown": description.tear_down,
    }
    namespace: dict[str, Any] = {
        name: function.make(stage, name) for name, function in functions.items() if function is not None
    }
    namespace["test"] = _decorate(namespace["test"], description.on_method)
    for hook in description.hooks:
        namespace[hook.name] = _make_hook(hook, base, stage)
    if description.failure_exception is not None:
        namespace["failureException"] = ERRORS[description.failure_exception]
    return _decorate(type("Generated", (base,), namespace), description.on_class)


def _decorate(decorated: Any, decorators: tuple[Decorator, ...]) -> Any:
    choices: dict[Decorator, Callable[[Any], Any]] = {
        "skip": unittest.skip("skipped by decorator"),
        "skipIf": unittest.skipIf(True, "skipped by condition"),
        "skipIf not": unittest.skipIf(False, "never seen"),
        "expectedFailure": unittest.expectedFailure,
    }
    for decorator in decorators:
        decorated = choices[decorator](decorated)
    return decorated


def _make_hook(hook: Hook, base: type[unittest.TestCase], stage: Stage) -> Callable[..., Any]:
    original = getattr(base, hook.name)
    before = hook.before.make(stage, f"before {hook.name}")
    after = hook.after.make(stage, f"after {hook.name}")

    def overriding(self: Any, *args: Any, **kwargs: Any) -> Any:
        before(self)
        value = original(self, *args, **kwargs)
        after(self)
        return value

    return overriding
