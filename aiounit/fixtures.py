"""Asynchronous fixtures of classes and modules, hung on stdlib's own, so that the stock runner drives them.

A class or module that has one gets its synchronous counterpart wrapped: set-up runs the synchronous one first,
tear-down runs it last, and what goes wrong is reported where unittest reports it.
"""

import contextlib
import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterator
from types import ModuleType
from typing import Any, Final

from aiounit import tracebacks

__all__ = ["Caller", "hang_on_class", "hang_on_module"]

__unittest = True  # as in _stdlib: errors of the users' fixtures pass through here

Caller = Callable[[type, Coroutine[Any, Any, Any], str], Any]

# The fixtures that are being called: a subclass calls its ancestor's with super(), which must not run it twice.
_under_way: Final[set[tuple[type, str]]] = set()
_wrapped_modules: Final[weakref.WeakSet[ModuleType]] = weakref.WeakSet()


def hang_on_class(kind: Any, call: Caller) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run ``asyncSetUpClass`` and ``asyncTearDownClass``.

    Args:
        kind: The class, which has both.
        call: Runs a coroutine for a class on its loop.
    """
    for name, asynchronous, is_last in (
        ("setUpClass", "asyncSetUpClass", True),
        ("tearDownClass", "asyncTearDownClass", False),
    ):
        original = inspect.getattr_static(kind, name)
        if not getattr(getattr(original, "__func__", None), "calls_asynchronous", False):
            setattr(kind, name, classmethod(_wrap_class_hook(original, name, asynchronous, call, is_last=is_last)))


def _wrap_class_hook(original: Any, name: str, asynchronous: str, call: Caller, *, is_last: bool) -> Any:
    @functools.wraps(getattr(original, "__func__", original))
    def hook(kind: Any) -> None:
        synchronous = original.__get__(None, kind)
        if (kind, name) in _under_way:
            synchronous()
            return
        with _mark(kind, name):
            parts = [synchronous, functools.partial(_call, kind, getattr(kind, asynchronous), call)]
            _run(parts if is_last else parts[::-1], stops=is_last)

    vars(hook)["calls_asynchronous"] = True
    return hook


def hang_on_module(kind: type, call: Caller) -> None:
    """Make ``setUpModule`` and ``tearDownModule`` of the module of a class run their asynchronous counterparts.

    Args:
        kind: A test class of the module.
        call: Runs a coroutine for a class on its loop.
    """
    module = sys.modules.get(kind.__module__)
    if module is None or module in _wrapped_modules:
        return
    _wrapped_modules.add(module)
    for name, asynchronous, is_last in (
        ("setUpModule", "asyncSetUpModule", True),
        ("tearDownModule", "asyncTearDownModule", False),
    ):
        function = getattr(module, asynchronous, None)
        if function is not None:
            parts = [getattr(module, name, _nothing), functools.partial(_call, kind, function, call)]
            setattr(module, name, functools.partial(_run, parts if is_last else parts[::-1], stops=is_last))


def _call(kind: type, function: Callable[[], Coroutine[Any, Any, Any]], call: Caller) -> None:
    call(kind, function(), f"{function.__name__} of {kind.__module__}.{kind.__qualname__}")


def _run(parts: list[Callable[[], object]], *, stops: bool) -> None:
    """Call the parts; set-up stops at the first error, tear-down runs them all and raises what went wrong."""
    errors: list[BaseException] = []
    for part in parts:
        try:
            part()
        except BaseException as error:
            tracebacks.trim(error)
            if stops:
                raise
            errors.append(error)
    if len(errors) > 1:
        raise BaseExceptionGroup("both tear-downs failed", errors)
    if errors:
        raise errors[0]


@contextlib.contextmanager
def _mark(kind: type, name: str) -> Iterator[None]:
    _under_way.add((kind, name))
    try:
        yield
    finally:
        _under_way.discard((kind, name))


def _nothing() -> None:
    """Stand in for a fixture that the module does not have."""
