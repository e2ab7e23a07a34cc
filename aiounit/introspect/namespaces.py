"""The values in the namespaces of test classes and modules that tests and fixtures may have made there.

All attributes of a test class are the class's. Of a module's globals only those are that were set after the module was
loaded: its body makes or imports the application under test as well, and leftovers of that are the test's.
"""

import types
from collections.abc import Iterator
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import sys, weakref
from aiounit.introspect.machinery import NOT_USERS, top_package
from aiounit.introspect.names import qualified

__all__ = ["attributes_of", "globals_of", "note_module"]

# A class and a module consist of these, and no fixture has made them.
_CODE: Final = (types.FunctionType, classmethod, staticmethod, property, type, types.ModuleType)

# The globals of each module when it was loaded: the identity of each value.
_loaded: Final[weakref.WeakKeyDictionary[types.ModuleType, dict[str, int]]] = weakref.WeakKeyDictionary()


def note_module(name: str) -> None:
    """Take all globals that a module has now for those of its body, unless that is known already.

    Args:
        name: The name of the module, which is loaded to the end, and whose fixtures have not run.
    """
    module = sys.modules.get(name)
    if isinstance(module, types.ModuleType) and module not in _loaded:
        _loaded[module] = {name: id(value) for name, value in vars(module).items()}


def globals_of(name: str) -> Iterator[tuple[str, object]]:
    """Yield the globals of a module that were set after it was loaded: a description and the value of each."""
    module: Any = sys.modules.get(name)
    before = _loaded.get(module) if isinstance(module, types.ModuleType) else None
    for key, value in list(vars(module).items()) if before is not None else ():
        if not isinstance(value, _CODE) and before is not None and before.get(key) != id(value):
            yield f"global {key!r} of module {name}", value


def attributes_of(kind: type) -> Iterator[tuple[str, object]]:
    """Yield the attributes of a test class and of those it derives from: a description and the value of each."""
    for each in kind.__mro__:
        if top_package(each.__module__) not in NOT_USERS:
            for name, value in list(vars(each).items()):
                if not isinstance(value, _CODE):
                    what = "a cleanup" if name == _stdlib.cases.CLASS_CLEANUPS else f"attribute {name!r}"
                    yield f"{what} of {qualified(each)}", value
