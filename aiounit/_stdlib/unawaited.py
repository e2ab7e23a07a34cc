"""Tell the checks of coroutines that are destroyed and were never awaited, and of the receivers of warnings.

By the rule of `_stdlib`, each private name has a test, in tests/_stdlib/test_unawaited.py, and stands nowhere else.
"""

import warnings
from collections.abc import Callable
from types import CoroutineType
from typing import Final, TypeAlias, cast

from aiounit._real import functools, importlib, operator, sys
from aiounit._stdlib.hooks import Coroutine
from aiounit._stdlib.replacements import Replacement
from aiounit._typing import Protocol

__all__ = ["Lost", "is_lost", "on_lost", "on_unawaited", "warn", "warnings_sink"]

Lost: TypeAlias = "Coroutine | str"
"""A coroutine that Python can't warn of; from Python 3.14 on, it tells only the representation."""

UnraisableHook: TypeAlias = Callable[["sys.UnraisableHookArgs"], object]


class PrivateContext(Protocol):
    """The context of warnings, which keeps them while they are caught."""

    log: object


class PrivateModule(Protocol):
    """The private names of `warnings`, and the name that users replace."""

    showwarning: object
    _showwarnmsg_impl: object
    _get_context: Callable[[], PrivateContext]
    _warn_unawaited_coroutine: Callable[[Coroutine], object]


_warnings: Final = cast("PrivateModule", warnings)
_sys: Final = importlib.import_module("sys")

# What `sys.unraisablehook` gets from Python 3.14 on in place of a coroutine; its representation follows.
_MESSAGE: Final = "Exception ignored while finalizing coroutine "

_HAS_CONTEXTS: Final = hasattr(_warnings, "_get_context")  # since 3.14 warnings can be caught in one context only


def on_unawaited(note: Callable[[Coroutine, Callable[[Coroutine], None]], None]) -> Replacement:
    """Return a replacement that calls a function for each coroutine that is destroyed and was never awaited.

    Args:
        note: Called with the coroutine, and the function that warns of it as usual.
    """

    def make(warn: Callable[[Coroutine], None]) -> Callable[[Coroutine], None]:
        def warn_unawaited_coroutine(coro: Coroutine) -> None:
            note(coro, warn)

        return warn_unawaited_coroutine

    return Replacement(_warnings, "_warn_unawaited_coroutine", make)


def warn(coroutine: Coroutine) -> None:
    """Do what Python does when a coroutine is destroyed that was never awaited."""
    _warnings._warn_unawaited_coroutine(coroutine)


def is_lost(arguments: "sys.UnraisableHookArgs") -> bool:
    """Tell whether `sys.unraisablehook` is called because Python can't warn that a coroutine was never awaited.

    To warn, Python imports `warnings` with the `__import__` of the function that runs, and the constructor of a named
    tuple has none. If the garbage collector destroys the coroutine there, Python fails twice, and prints this error.

    Args:
        arguments: The arguments of the hook.
    """
    error = arguments.exc_value
    return _thing(arguments) is not None and type(error) is KeyError and error.args == ("__import__",)


def _thing(arguments: "sys.UnraisableHookArgs") -> "Lost | None":
    if type(arguments.object) is CoroutineType:
        return arguments.object
    message = arguments.err_msg or ""
    return message.removeprefix(_MESSAGE) if message.startswith(_MESSAGE) else None


def on_lost(take: Callable[[Lost, bool], bool]) -> Replacement:
    """Return a replacement of `sys.unraisablehook` that calls a function for each coroutine that can't be warned of.

    Args:
        take: Called with the coroutine, or its representation from Python 3.14 on, and whether the error is the one of
            `is_lost`; the second one may be another. It returns whether there is nothing to print.
    """

    def make(hook: UnraisableHook) -> UnraisableHook:
        @functools.wraps(hook)
        def unraisablehook(arguments: "sys.UnraisableHookArgs", /) -> None:
            thing = _thing(arguments)
            if thing is None or not take(thing, is_lost(arguments)):
                hook(arguments)

        return unraisablehook

    return Replacement(_sys, "unraisablehook", make)


def _warnings_sink() -> tuple[object, ...]:
    """Return the objects that receive warnings now: others while a block catches them, as ``assertWarns`` does."""
    return (_warnings.showwarning, _warnings._showwarnmsg_impl, _warnings._get_context().log)


# Before 3.14 there is no log. It runs for each test, so it is in C if it can be.
warnings_sink: Final[Callable[[], tuple[object, ...]]] = (
    _warnings_sink
    if _HAS_CONTEXTS
    else functools.partial(operator.attrgetter("showwarning", "_showwarnmsg_impl"), _warnings)
)
