"""Decide whether a condition holds: it returns a true value, or no assertion in it fails. Detect a mix-up of both."""

from types import CodeType, FunctionType, MethodType

from aiounit._real import dis, functools, inspect
from aiounit.assertions.messages import name_of
from aiounit.introspect.representation import brief

__all__ = ["check_returned", "is_true", "passes", "remedy_of_none"]

__unittest = True  # results leave out the frames of this module


def check_returned(function: object, value: object) -> None:
    """Refuse a value that hides the result of a condition, because the code that would compute it has not run.

    Args:
        function: The condition.
        value: The value that the condition returned, after awaiting.

    Raises:
        TypeError: ``value`` is a coroutine, which is closed, or a generator that has not started.
    """
    if inspect.iscoroutine(value):
        remedy = "Await it in the function"
    elif inspect.isgenerator(value) and inspect.getgeneratorstate(value) == inspect.GEN_CREATED:
        remedy = "Use any(), all() or list(), or take the yield out of the function"
    elif inspect.isasyncgen(value) and _is_written_in(_code_of(function), value.ag_code):
        remedy = "Iterate over it with 'async for', or take the yield out of the function"
    else:
        return
    complaint = f"{name_of(function)} returned {brief(value)}, whose code has not run. {remedy}"
    if inspect.iscoroutine(value):
        value.close()  # prevents a second complaint: Python's warning
    raise TypeError(complaint)


def is_true(value: object) -> str | None:
    """Return the problem with a value that should be true, as the rest of a sentence, or None.

    Raises:
        TypeError: ``value`` is `NotImplemented`, which is neither true nor false.
    """
    if value is NotImplemented:
        raise TypeError("the condition returned NotImplemented, which is neither true nor false. Compare with == or in")
    return None if value else f"it returned {brief(value)}"


def passes(_value: object) -> None:
    """Accept any value: the function has returned, so no assertion in it has failed."""


def remedy_of_none(function: object, assertion: str, *, has_failed: bool) -> str:
    """Return a remedy for a condition that returned None, as the next sentence, or an empty text.

    Args:
        function: The condition.
        assertion: The name of the assertion.
        has_failed: Whether an assertion in the condition failed earlier.
    """
    code = _code_of(function)
    if has_failed or (code is not None and _asserts(code)):
        return f". {assertion}() waits for a true value: for a function made of assertions, use {assertion}Passes()"
    return ""


def _code_of(function: object) -> CodeType | None:
    if isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__code__", None) if isinstance(function, FunctionType | MethodType) else None


def _is_written_in(outer: CodeType | None, code: CodeType) -> bool:
    """Return whether code belongs to a function itself, or to an expression in it."""
    return outer is not None and (code is outer or code in outer.co_consts)


def _asserts(code: CodeType) -> bool:
    """Return whether code calls assertions of a test case, or contains an ``assert``."""
    return any(name == "fail" or name.startswith("assert") for name in code.co_names) or any(
        "ASSERTION_ERROR" in each.opname or "AssertionError" in each.argrepr for each in dis.get_instructions(code)
    )
