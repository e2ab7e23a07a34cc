"""When a condition holds: it returns a true value, or no assertion in it fails; a remedy where they are mixed up."""

from types import CodeType, FunctionType, MethodType

from aiounit._real import dis, functools
from aiounit.representation import brief

__all__ = ["is_true", "passes", "remedy_of_none"]


def is_true(value: object) -> str | None:
    """Say what is wrong with a value that should be true, as the rest of a sentence, or return None."""
    return None if value else f"it returned {brief(value)}"


def passes(_value: object) -> None:
    """Accept any value: the function has raised no failure."""


def remedy_of_none(function: object, assertion: str, *, has_failed: bool) -> str:
    """Return what to do about a condition that returned None, as the next sentence; or nothing.

    Args:
        function: The condition.
        assertion: The name of the assertion.
        has_failed: Whether an assertion in the condition has failed before.
    """
    code = _code_of(function)
    if has_failed or (code is not None and _asserts(code)):
        return f". {assertion}() waits for a true value: for a function made of assertions, use {assertion}Passes()"
    return ""


def _code_of(function: object) -> CodeType | None:
    if isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__code__", None) if isinstance(function, FunctionType | MethodType) else None


def _asserts(code: CodeType) -> bool:
    """Tell whether code calls assertions of a test case, or has an ``assert``."""
    return any(name == "fail" or name.startswith("assert") for name in code.co_names) or any(
        "ASSERTION_ERROR" in each.opname or "AssertionError" in each.argrepr for each in dis.get_instructions(code)
    )
