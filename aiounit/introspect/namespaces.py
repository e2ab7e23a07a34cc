"""List the values that tests and fixtures may have stored in test classes and modules.

All attributes of a test class count. Of the globals of a module, only those count that were set after the module was
loaded: its body makes or imports the application under test as well, and leftovers of that belong to the test.
"""

import types
from collections.abc import Iterator
from typing import Final

from aiounit import _stdlib
from aiounit._real import sys, weakref
from aiounit.introspect.machinery import NOT_USERS, top_package
from aiounit.introspect.names import qualified

__all__ = ["attributes_of", "globals_of", "note_module"]

# The values that a class or a module consists of. Fixtures do not make them.
_CODE: Final = (types.FunctionType, classmethod, staticmethod, property, type, types.ModuleType)

# The globals of each module when it was loaded: the identity of each value.
_loaded: Final[weakref.WeakKeyDictionary[types.ModuleType, dict[str, int]]] = weakref.WeakKeyDictionary()


def note_module(name: str) -> None:
    """Record the globals of a module as those of its body, unless they are recorded already.

    Args:
        name: The name of the module. It is loaded completely, and its fixtures have not run.
    """
    module = sys.modules.get(name)
    if isinstance(module, types.ModuleType) and module not in _loaded:
        _loaded[module] = {name: id(value) for name, value in vars(module).items()}


def globals_of(name: str) -> Iterator[tuple[str, object]]:
    """Yield a description and the value of each global of a module that was set after it was loaded."""
    module: object = sys.modules.get(name)  # a test may have put anything there
    if not isinstance(module, types.ModuleType) or (before := _loaded.get(module)) is None:
        return
    for key, value in list(vars(module).items()):
        if not isinstance(value, _CODE) and before.get(key) != id(value):
            yield f"global {key!r} of module {name}", value


def attributes_of(kind: type) -> Iterator[tuple[str, object]]:
    """Yield a description and the value of each attribute of a test class and of its base classes."""
    for each in kind.__mro__:
        if top_package(each.__module__) not in NOT_USERS:
            for name, value in list(vars(each).items()):
                if not isinstance(value, _CODE):
                    role = "a cleanup" if name == _stdlib.cases.CLASS_CLEANUPS else f"attribute {name!r}"
                    yield f"{role} of {qualified(each)}", value
