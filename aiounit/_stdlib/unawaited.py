"""Tell the checks of coroutines that are destroyed and were never awaited, and of the receivers of warnings.

By the rule of `_stdlib`, each private name has a test, in tests/_stdlib/test_unawaited.py, and stands nowhere else.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final

from aiounit._real import functools, operator
from aiounit._stdlib.hooks import Coroutine
from aiounit._stdlib.replacements import Replacement

__all__ = ["on_unawaited", "warnings_sink"]

_warnings: Any = warnings
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


def _warnings_sink() -> tuple[object, ...]:
    """Return the objects that receive warnings now: others while a block catches them, as ``assertWarns`` does."""
    return (_warnings.showwarning, _warnings._showwarnmsg_impl, _warnings._get_context().log)


# Before 3.14 there is no log. It runs for each test, so it is in C if it can be.
warnings_sink: Final[Callable[[], tuple[object, ...]]] = (
    _warnings_sink
    if _HAS_CONTEXTS
    else functools.partial(operator.attrgetter("showwarning", "_showwarnmsg_impl"), _warnings)
)
