"""Find the loop factory that a test class declares."""

from collections.abc import Callable
from typing import Any, Final

from aiounit._real import functools, inspect, weakref
from aiounit.loops.factory import LoopFactory

__all__ = ["loop_factory_of", "loop_key_of"]


def loop_key_of(kind: type) -> object:
    """Return what tells the loop factory of a class from others: the tests of one factory share a loop.

    Args:
        kind: The test class.
    """
    return getattr(kind, "loop_factory", None)


def loop_factory_of(case: object) -> LoopFactory | None:
    """Return what makes the loops of a test, or None if its class says nothing.

    A class, a plain function, a static or class method, and a method with ``self`` all do: stdlib takes a plain
    function for a method and calls it with the test.

    Args:
        case: The test, or its class for a loop that the tests of the class share.
    """
    kind = case if isinstance(case, type) else type(case)
    factory: Any = vars(case).get("loop_factory") if kind is not case else None
    if factory is None:
        factory = getattr(kind, "loop_factory", None)
        if factory is None:  # as of most
            return None
    if isinstance(factory, property):
        return functools.partial(_call_property, factory, case)
    if inspect.isfunction(factory) and _takes_self(factory):
        return functools.partial(factory, case)
    result: LoopFactory | None = factory
    return result


def _call_property(factory: property, case: object) -> Any:
    return factory.__get__(case)()


# Whether loop factories take the test. Weak: a cache of functools would keep them, and all that they hold.
_taking_self: Final[weakref.WeakKeyDictionary[Callable[..., Any], bool]] = weakref.WeakKeyDictionary()


def _takes_self(function: Callable[..., Any]) -> bool:
    takes_self = _taking_self.get(function)
    if takes_self is None:
        takes_self = _taking_self[function] = _has_one_required(function)
    return takes_self


def _has_one_required(function: Callable[..., Any]) -> bool:
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return len(required) == 1
