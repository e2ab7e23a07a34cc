"""Detect calls and return values of a running test that can't work, and name the remedy.

`validation` finds the mistakes that are visible when the class is defined.
"""

from collections.abc import Callable
from types import CoroutineType
from typing import Final
from unittest import TestCase

from aiounit._real import asyncio, inspect, warnings
from aiounit.exceptions import DeclarationError, NotAwaitedError
from aiounit.introspect import tracebacks
from aiounit.introspect.places import definition_of
from aiounit.resources.declaration import Declared

__all__ = ["check_cleanup", "check_is_own_test", "check_returned", "explain_arguments", "not_awaited"]

# The kinds of parameters that need an argument, by position or by name.
_NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def check_cleanup(function: object, method: str) -> None:
    """Check that an added cleanup can be called.

    Args:
        function: The object that was passed as the cleanup.
        method: The name of the method that takes it.

    Raises:
        TypeError: ``function`` can't be called. A coroutine is closed, so that Python does not warn of it as well.
    """
    if callable(function):
        return
    if isinstance(function, CoroutineType):
        name = function.__qualname__.rpartition("<locals>.")[2]
        function.close()
        adds = method if "Async" in method else method.replace("add", "addAsync")
        raise TypeError(
            f"{method}() takes a function, not the coroutine of {name}(), which can't be called later. "
            f"Pass the function and its arguments: {adds}({name}, ...)"
        )
    raise TypeError(
        f"{method}() takes a function, not {function!r}, which can't be called. "
        f"Pass the function and its arguments, without calling it"
    )


def check_is_own_test(case: TestCase, name: str) -> None:
    """Check that no attribute of the instance replaces its ``async def`` test by something synchronous.

    Args:
        case: The test.
        name: The name of its method.

    Raises:
        DeclarationError: An attribute does, so the test would not run on its own loop.
    """
    found = vars(case).get(name)
    if found is None or inspect.iscoroutinefunction(found):
        return
    original = inspect.getattr_static(type(case), name, None)
    if inspect.iscoroutinefunction(getattr(original, "__func__", original)):
        raise DeclarationError(
            f"{case.id()} is async def, but something has set the attribute {name!r} of the instance to {found!r}, "
            f"which is not: it would run the test on another event loop than its hooks, without timeouts and checks. "
            f"Remove the code that sets the attribute, or have it set an async def function"
        )


def not_awaited(case: TestCase, method: Callable[[], object], value: object) -> str:
    """Return the message about a test that returned an object that must be awaited or iterated over.

    Args:
        case: The test.
        method: Its test method.
        value: The object.
    """
    reason = f"{case.id()} returned {value!r}, which {_fate(value)}. "
    if inspect.iscoroutinefunction(method):
        if inspect.isawaitable(value):
            return f"{reason}Await it in the test: write await instead of return"
        return f"{reason}Iterate over it in the test instead of returning it"
    return (
        f"{reason}Make the test async def and await it there; if a decorator hides that the test is async def, "
        f"make the decorator's wrapper async def too"
    )


def _fate(value: object) -> str:
    if asyncio.isfuture(value):
        return "is still pending and was never awaited"
    verb = "awaited" if inspect.isawaitable(value) else "iterated over"
    return f"is never {verb}, so its code has not run"


def explain_arguments(error: BaseException, kind: type, function: Callable[..., object]) -> None:
    """Add the source line and the remedy to the error of a call that failed for missing arguments.

    Args:
        error: The error of the call. Any other error is left unchanged.
        kind: The test class.
        function: The bound method, or the function of a cleanup.
    """
    if not isinstance(error, TypeError) or "argument" not in str(error) or _has_begun(error, function):
        return
    tracebacks.point_at(error, definition_of(function))
    plain = getattr(function, "__func__", function)
    names = [
        parameter.name
        for parameter in list(inspect.signature(plain).parameters.values())[1:]
        if parameter.default is parameter.empty and parameter.kind in _NAMED
    ]
    for name in names:
        found = inspect.getattr_static(kind, name, None) or getattr(plain, "__globals__", {}).get(name)
        if isinstance(found, Declared):
            declare = "" if hasattr(kind, name) else f" Write {name} = {name} in the body of the class."
            error.add_note(
                f"{name!r} is a resource, and unittest passes no arguments to {plain.__name__}().{declare} Remove the "
                f"parameter, and use self.{name}"
            )
        elif not hasattr(plain, "__wrapped__"):
            error.add_note(
                f"unittest passes no arguments to {plain.__name__}(), and pytest neither fixtures nor parameters. "
                f"Remove the parameter {name!r}, or give it a default"
            )


def _has_begun(error: BaseException, function: Callable[..., object]) -> bool:
    """Return whether the function was entered: then its own code raised the error."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code is code:
            return True
        traceback = traceback.tb_next
    return False


def check_returned(case: TestCase, method: Callable[..., object], value: object) -> Exception | None:
    """Check the value that a test returned, and return the error to report, if any.

    Args:
        case: The test.
        method: The test method, as it was called.
        value: The value, which is not None. A coroutine is closed, so that Python does not warn of it as well.

    Returns:
        A `NotAwaitedError`, or the `DeprecationWarning` of unittest where warnings are errors.
    """
    is_done = asyncio.isfuture(value) and value.done()
    if not is_done and (inspect.isawaitable(value) or inspect.isasyncgen(value) or inspect.isgenerator(value)):
        if isinstance(value, CoroutineType):
            value.close()
        return NotAwaitedError(not_awaited(case, method, value))
    code = inspect.unwrap(method).__code__
    try:
        # The warning names the test method: the line that called it is in aiounit.
        warnings.warn_explicit(
            f"It is deprecated to return a value that is not None from a test case "
            f"({case.id()} returned {type(value).__name__!r})",
            DeprecationWarning,
            code.co_filename,
            code.co_firstlineno,
        )
    except DeprecationWarning as error:
        return error
    return None
