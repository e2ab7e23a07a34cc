"""Import modules of aiounit when they are first used, so that ``import aiounit`` is cheap and most tests pay for less.

Modules that few tests use, or that only a running test uses, are reached through here instead of being imported.
"""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

from aiounit._real import importlib, itertools, sys

__all__ = ["AIOUNIT", "Later", "exports", "load"]

AIOUNIT: Final = "aiounit"

_loaded: Final[dict[str, ModuleType]] = {}


class Later:
    """Stands for a module, which is imported and takes its place when one of its attributes is first looked up.

    This is what ``lazy import`` does since Python 3.15. Type checkers see an ordinary import::

        if TYPE_CHECKING:
            from aiounit.mocks import spies
        else:
            spies = Later("aiounit.mocks.spies", globals())

    Args:
        name: The full name of the module.
        namespace: The global variables of the module that uses it.
    """

    def __init__(self, name: str, namespace: dict[str, object]) -> None:
        self._name = name
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        module = _load(self._name)
        for each in [each for each, value in self._namespace.items() if value is self]:
            self._namespace[each] = module
        return getattr(module, name)


def exports(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and the ``__dir__`` of a package that imports its names when they are first looked up.

    Args:
        package: The full name of the package.
        names: The names that are defined in each module, by the name of the module within the package.
    """
    modules = {name: f"{package}.{module}" for module, defined in names.items() for name in defined}

    def find(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(_load(modules[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names_there_are() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return find, names_there_are


def load(*names: str) -> None:
    """Import modules now.

    Args:
        names: Their full names.
    """
    for name in names:
        _load(name)


def _load(name: str) -> ModuleType:
    """Import a module, but never a second time.

    A test that patches ``sys.modules`` removes the modules that were imported meanwhile. Copies of them would have
    other classes.
    """
    sys.modules.update((each, _loaded[each]) for each in _loaded.keys() - sys.modules.keys())
    before = len(sys.modules)
    found = importlib.import_module(name)
    new = itertools.islice(reversed(sys.modules.items()), len(sys.modules) - before)
    _loaded.update((each, module) for each, module in new if each.startswith(f"{AIOUNIT}."))
    return found
