"""The package keeps its shape: imports run one way, private names of the standard library stay in modules of their own,
files and functions stay short. Each rule reads the source, so a module that is never imported is held to them as well.
"""

import ast
import functools
import graphlib
import importlib
import io
import tokenize
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiounit
from aiounit import _real

# The rooms of the package: modules of its root, and folders. Each imports only from itself and from those above it.
ROOMS = [
    "_real",
    "_later",
    "_typing",
    "exceptions",
    "levels",
    "settings",
    "_stdlib",
    "introspect",
    "arguments",
    "limits",
    "loops",
    "mocks",
    "assertions",
    "checks",
    "resources",
    "runs",
    "lifecycle",
    "case",
    "__init__",
]

# Imports inside functions: (module, what it imports).
LAZY = {
    ("_stdlib.interpreter", "ctypes"),  # needed only where something hangs that nothing else reaches
    ("limits.sentinel", "resource"),  # is not there on Windows
    ("settings", "tomllib"),  # most projects have no table of ours, and the parser costs more than all else
}

# The sentinel's program imports them under its ``__main__``.
SENTINEL = [
    "contextlib",
    "faulthandler",
    "math",
    "mmap",
    "os",
    "select",
    "signal",
    "struct",
    "sys",
    "time",
]

# Type checkers know `sys.version_info` by this name alone.
TYPED = ["_stdlib.tasks", "limits.debugger", "mocks.specs.annotations", "mocks.specs.hints", "resources.declaration"]

# Imports of a module that `_real` has: (module, what it imports), and why.
DIRECT = {
    ("_stdlib.unawaited", "warnings"),  # a function is put into it
    ("runs.exit_status", "sys"),  # a stream is put into it
    *((name, "sys") for name in TYPED),
    *(("limits.sentinel", name) for name in SENTINEL),  # is run as a program, too, which has nothing else
}

# What functions look up in them: it is state, and no function.
STATE = {
    ("runs.exit_status", "sys.stderr"),
    ("limits.debugger", "sys.modules"),
    ("mocks.specs.hints", "sys.modules"),
}

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_DOCSTRING = 6

DIRECTORY = Path(aiounit.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of the package."""

    name: str
    source: str
    tree: ast.Module


def read() -> list[Module]:
    """Read the modules of the package, those in packages inside it as well."""
    modules = []
    for path in sorted(DIRECTORY.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        name = ".".join(path.relative_to(DIRECTORY).with_suffix("").parts)
        modules.append(Module(name.removesuffix(".__init__"), source, ast.parse(source)))
    return modules


MODULES = read()


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the full names of what an import statement may import, modules or what is in them."""
    match node:
        case ast.Import(names=aliases):
            yield from (alias.name for alias in aliases)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            base = ".".join(filter(None, ["aiounit" if level else None, module]))
            yield from (f"{base}.{alias.name}" for alias in aliases)


NAMES = frozenset(module.name for module in MODULES)


def ours(name: str) -> str | None:
    """Return the module of the package that an imported name stands for or is in, or None if it isn't ours."""
    package, _, rest = name.partition(".")
    if package != "aiounit":
        return None
    parts = rest.split(".")
    heads = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((head for head in heads if head in NAMES), "__init__")


def room(module: str) -> str:
    """Return the room that a module is in."""
    return module.partition(".")[0]


def imports() -> Iterator[tuple[str, str]]:
    """Yield each import of a module of ours by another, as their names."""
    for module in MODULES:
        for node in ast.walk(module.tree):
            for name in imported(node):
                other = ours(name)
                if other is not None and other != module.name:
                    yield module.name, other


def test_file(module: str) -> Path:
    """Return the path of the tests of a module."""
    *folders, name = module.split(".")
    return Path(__file__).parent.joinpath(*folders, f"test_{name.removeprefix('_')}.py")


def functions(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield node


@functools.cache
def code_lines(source: str) -> frozenset[int]:
    """Return the numbers of the lines that hold more than comments and blanks."""
    no_code = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    return frozenset(
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in no_code
        for line in range(token.start[0], token.end[0] + 1)
    )


def lines_of(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def lines_of_code(function: Function, source: str) -> int:
    """Count the lines of a function without its decorators, its docstring, comments and blank lines."""
    lines = code_lines(source).intersection(lines_of(function))
    if ast.get_docstring(function) is not None:
        lines = lines.difference(lines_of(function.body[0]))
    return len(lines)


def is_private(name: str) -> bool:
    """Tell whether a name is private, or one of the undocumented marks that unittest puts on tests."""
    is_special = name.startswith("__") and name.endswith("__")
    return name.startswith("__unittest") or (name.startswith("_") and not is_special)


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module, its classes and its instances define."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def looked_up(tree: ast.Module) -> Iterator[str]:
    """Yield the names of attributes that a module gets or sets, also those that it spells as strings."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name):
                yield name
            case ast.Call(
                func=ast.Name(id="getattr" | "hasattr" | "setattr" | "delattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                yield name


@functools.cache
def bound_names(tree: ast.Module) -> frozenset[str]:
    """Return the names of the namespaces that a module takes from `_real`."""
    return frozenset(
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "aiounit._real"
        for alias in node.names
    )


def dotted(node: ast.AST) -> list[str]:
    """Return the parts of a dotted name, or nothing if a node is another expression."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=value, attr=name):
            return [*parts, name] if (parts := dotted(value)) else []
        case _:
            return []


def is_past(name: str) -> bool:
    """Tell whether an import of a module or of what is in it goes past `_real`.

    A class that is imported by its name is bound as well, and a tool that replaces functions leaves it alone.
    """
    module, _, last = name.rpartition(".")
    return name.partition(".")[0] in _real.__all__ and not (module and last[0].isupper())


class BoundNameTests(unittest.TestCase):
    """What tests patch is called as it was when the package was imported."""

    def test_functions_of_the_standard_library_come_from_one_module(self) -> None:
        past = {
            (module.name, name)
            for module in MODULES
            if module.name != "_real"
            for node in ast.walk(module.tree)
            for name in imported(node)
            if is_past(name)
        }
        self.assertEqual(past, DIRECT)

    def test_no_other_is_looked_up_when_a_function_runs(self) -> None:
        direct = {name.partition(".")[0] for _module, name in DIRECT}
        called = {
            (module.name, ".".join(parts))
            for module in MODULES
            if module.name not in {"_real", "limits.sentinel"}
            for function in functions(module)
            for node in ast.walk(function)
            if len(parts := dotted(node)) == 2 and parts[0] in direct - bound_names(module.tree)
        }
        self.assertEqual(called, STATE)

    def test_what_is_used_of_it_is_there(self) -> None:
        # Type checkers take each namespace for the module, which may import some of its names late.
        missing = [
            f"{module.name}: {'.'.join(parts)}"
            for module in MODULES
            for node in ast.walk(module.tree)
            if len(parts := dotted(node)) > 1 and parts[0] in bound_names(module.tree)
            if not hasattr(getattr(_real, parts[0]), parts[1])
            if hasattr(importlib.import_module(parts[0]), parts[1])
        ]
        self.assertEqual(missing, [])

    def test_nothing_is_set_in_it(self) -> None:
        # It would not be set in the module.
        is_set = [
            f"{module.name}: {'.'.join(parts)}"
            for module in MODULES
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
            if len(parts := dotted(node)) == 2 and parts[0] in bound_names(module.tree)
        ]
        self.assertEqual(is_set, [])


class ImportTests(unittest.TestCase):
    def test_every_room_has_its_place_in_the_order(self) -> None:
        self.assertEqual({room(module.name) for module in MODULES}, set(ROOMS))

    def test_imports_run_one_way(self) -> None:
        upwards = [
            f"{module} imports {other}"
            for module, other in imports()
            if ROOMS.index(room(other)) > ROOMS.index(room(module))
        ]
        self.assertEqual(upwards, [])

    def test_modules_do_not_import_each_other_in_a_circle(self) -> None:
        graph: dict[str, set[str]] = {}
        for module, other in imports():
            graph.setdefault(module, set()).add(other)
        graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle

    def test_imports_stand_at_the_top(self) -> None:
        inside = {
            (module.name, name)
            for module in MODULES
            for function in functions(module)
            for node in ast.walk(function)
            for name in imported(node)
        }
        self.assertEqual(inside, LAZY)


class PrivateNameTests(unittest.TestCase):
    def test_those_of_the_standard_library_are_in_modules_of_their_own(self) -> None:
        others = [module for module in MODULES if room(module.name) != "_stdlib"]
        own = {name for module in others for name in defined(module.tree)}
        foreign = sorted(
            {
                f"{module.name}: {name}"
                for module in others
                for name in looked_up(module.tree)
                if is_private(name) and name not in own and not name.startswith("_aiounit_")
            }
        )
        self.assertEqual(foreign, [])


class SizeTests(unittest.TestCase):
    def test_no_file_is_long(self) -> None:
        lines = {module.name: len(module.source.splitlines()) for module in MODULES}
        self.assertEqual({name: count for name, count in lines.items() if count > MOST_LINES}, {})

    def test_no_function_is_long(self) -> None:
        lines = {
            f"{module.name}.{function.name}": lines_of_code(function, module.source)
            for module in MODULES
            for function in functions(module)
        }
        self.assertEqual({name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FUNCTION}, {})

    def test_every_module_says_why_it_exists_in_a_few_lines(self) -> None:
        # What is indented is no prose: the tree of errors is drawn where they are.
        lines = {
            module.name: sum(
                not line.startswith("    ") for line in (ast.get_docstring(module.tree) or "").splitlines()
            )
            for module in MODULES
        }
        wrong = {name: count for name, count in lines.items() if not 1 <= count <= MOST_LINES_OF_A_DOCSTRING}
        self.assertEqual(wrong, {})


class TestFileTests(unittest.TestCase):
    def test_every_module_has_its_tests_in_the_same_folder(self) -> None:
        folders = {module.name.rpartition(".")[0] for module in MODULES}
        names = [module.name for module in MODULES if module.name not in folders - {""}]
        names = ["exports" if name == "__init__" else name for name in names]
        missing = [name for name in names if not test_file(name).exists()]
        self.assertEqual(missing, [])


class ReaderTests(unittest.TestCase):
    """The readers above see what they are to see."""

    def test_imports_past_the_bound_functions(self) -> None:
        names = ["time", "time.sleep", "concurrent.futures.Future", "threading.Thread", "dataclasses.field"]
        self.assertEqual([name for name in names if is_past(name)], names[:2])

    def test_namespaces_and_what_is_used_of_them(self) -> None:
        tree = ast.parse("from aiounit._real import os, time\nos.path.join(f().a)")
        self.assertEqual(bound_names(tree), {"os", "time"})
        found = [parts for node in ast.walk(tree) if len(parts := dotted(node)) > 1]
        self.assertEqual(found, [["os", "path", "join"], ["os", "path"]])

    def test_imports_of_every_form(self) -> None:
        source = "import a.b, c\nfrom d import e\nfrom aiounit import levels\nfrom . import case\nfrom .case import f"
        names = [name for node in ast.parse(source).body for name in imported(node)]
        self.assertEqual(names, ["a.b", "c", "d.e", "aiounit.levels", "aiounit.case", "aiounit.case.f"])
        self.assertEqual([ours(name) for name in names], [None, None, None, "levels", "case", "case"])

    def test_a_name_of_the_package_itself(self) -> None:
        self.assertEqual([ours("aiounit.AsyncTestCase"), ours("aiounit")], ["__init__", "__init__"])

    def test_lines_of_code(self) -> None:
        lines = [
            "@decorator",
            "def f(",
            "    a,",
            "):",
            "    '''Say.",
            "",
            "    More.",
            "    '''",
            "    # why",
            "    pass",
            "",
        ]
        source = "\n".join(lines)
        function = ast.parse(source).body[0]
        assert isinstance(function, ast.FunctionDef)
        self.assertEqual(lines_of_code(function, source), 4)

    def test_private_names(self) -> None:
        names = ["_loop", "__loop", "__unittest_skip__", "__unittest", "__name__", "loop"]
        self.assertEqual([name for name in names if is_private(name)], names[:4])

    def test_names_that_are_defined_and_looked_up(self) -> None:
        tree = ast.parse(
            "_a: int = 1\nclass B:\n    def _c(self):\n        self._d = x._e\n        setattr(x, '_f', 1)"
        )
        self.assertEqual(set(defined(tree)), {"_a", "B", "_c", "_d"})
        self.assertEqual(set(looked_up(tree)), {"_d", "_e", "_f"})
