"""Find the loop factory that a test class declares."""

from collections.abc import Callable
from typing import Final

from aiounit._real import asyncio, functools, inspect, weakref
from aiounit.loops.factory import LoopFactory

__all__ = ["loop_factory_of", "loop_key_of"]


def loop_key_of(kind: type) -> object:
    """Return the key of the loop factory of a class. Classes with the same key have the same shared loop.

    Args:
        kind: The test class.
    """
    return getattr(kind, "loop_factory", None)


def loop_factory_of(case: object) -> LoopFactory | None:
    """Return the loop factory of a test, or None if its class declares none.

    ``loop_factory`` may be a loop class, a plain function, a static or class method, a property, or a method with
    ``self``. Python makes a method of a plain function, so only its parameters tell whether it wants the test.

    Args:
        case: The test, or its class for a loop that the tests of the class share.
    """
    kind = case if isinstance(case, type) else type(case)
    factory: LoopFactory | property | None = vars(case).get("loop_factory") if kind is not case else None
    if factory is None:
        factory = getattr(kind, "loop_factory", None)
        if factory is None:  # as in most classes
            return None
    if isinstance(factory, property):
        return functools.partial(_call_property, factory, case)
    if inspect.isfunction(factory) and _takes_self(factory):
        return functools.partial(factory, case)
    return factory


def _call_property(declared: property, case: object) -> asyncio.AbstractEventLoop:
    factory: LoopFactory = declared.__get__(case)
    return factory()


# Whether loop factories take the test. Weak: functools.cache would keep them alive, and everything that they refer to.
_taking_self: Final[weakref.WeakKeyDictionary[Callable[..., object], bool]] = weakref.WeakKeyDictionary()


def _takes_self(function: Callable[..., object]) -> bool:
    takes_self = _taking_self.get(function)
    if takes_self is None:
        takes_self = _taking_self[function] = _has_one_required(function)
    return takes_self


def _has_one_required(function: Callable[..., object]) -> bool:
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return len(required) == 1
