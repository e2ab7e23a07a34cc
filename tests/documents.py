"""Reading the documents: their pages, the blocks in them, what they link to, and which names the reference shows."""

import ast
import functools
import importlib.util
import inspect
import itertools
import os
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiounit
from aiounit import assertions, mocks

ROOT = Path(__file__).parent.parent

# Its blocks are steps, each on top of those before it: test_tutorial.py does them.
STEP_BY_STEP = {"docs/tutorial.md"}

# The name that every example is run under, and that stands in its output.
FILE = "test_orders.py"

# The tools whose tests stand beside ours.
PEERS = {"aiounittest", "anyio", "asynctest", "pytest-asyncio"}

# How long a subprocess may take, in seconds: many times what it does take, so that only a hang reaches it.
LIMIT = 120


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page, and the text of the ``text`` block that follows it, if one does."""

    page: str
    line: int
    language: str
    text: str
    expected: str | None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def peer(self) -> str | None:
        """The tool that the first line names, if these are its tests and not ours."""
        label = re.match(r"# (\S+)", self.text)
        return label[1] if label is not None and label[1] in PEERS else None

    @property
    def missing(self) -> list[str]:
        """The packages that a ``python`` block imports and that are not installed."""
        modules = [name for node in ast.walk(ast.parse(self.text)) for name in imported(node)]
        packages = {name.partition(".")[0] for name in modules}
        return sorted(package for package in packages if importlib.util.find_spec(package) is None)


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the names of the modules that a statement imports."""
    match node:
        case ast.Import(names=aliases):
            yield from (alias.name for alias in aliases)
        case ast.ImportFrom(module=str(module)):
            yield module


@functools.cache
def read_pages() -> dict[str, str]:
    """Return the text of each page, by its path from the root of the project."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


FENCE = re.compile(r"^```(\w*|\{eval-rst\})\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in their order."""
    matches = list(FENCE.finditer(text))
    for match, after in itertools.zip_longest(matches, matches[1:]):
        expected = after[2] if after is not None and after[1] == "text" else None
        yield Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2], expected)


def all_blocks(language: str) -> list[Block]:
    pages = {page: text for page, text in read_pages().items() if page not in STEP_BY_STEP}
    blocks = [block for page, text in pages.items() for block in blocks_of(page, text)]
    return [block for block in blocks if block.language == language]


@dataclass(frozen=True, slots=True)
class Directive:
    """What has Sphinx show a docstring: ``.. autoclass:: aiounit.AsyncTestCase``, and the options below it."""

    name: str
    options: str

    @property
    def left_out(self) -> list[str]:
        """The members of a class that are not for users, though their names are public."""
        found = re.search(r":exclude-members: (.*)", self.options)
        return found[1].split(", ") if found else []

    @property
    def names(self) -> Iterator[str]:
        """The names that it shows: its own, the attributes that the docstring of a class describes, and its members."""
        yield self.name
        found = pydoc.locate(self.name)
        attributes = (inspect.getdoc(found) or "").partition("\nAttributes:\n")[2].partition("\n\n")[0]
        members = vars(found) if ":members:" in self.options else ()
        shown = {name for name in members if not name.startswith("_")} - set(self.left_out)
        yield from (f"{self.name}.{name}" for name in (*re.findall(r"^    (\w+): ", attributes, re.MULTILINE), *shown))


def directives() -> list[Directive]:
    blocks = [block.text for block in all_blocks("{eval-rst}")]
    pattern = re.compile(r"^\.\. auto\w+:: ([\w.]+)\n((?:   :.*\n)*)", re.MULTILINE)
    return [Directive(*found) for text in blocks for found in pattern.findall(text)]


def documented_names() -> set[str]:
    return {name for each in directives() for name in each.names}


def public_names() -> set[str]:
    """Return the names that users import, each with the first package that has it."""
    names = {name: f"{module.__name__}.{name}" for module in (mocks, assertions, aiounit) for name in module.__all__}
    return set(names.values())


def own_blocks() -> list[Block]:
    return [block for block in all_blocks("python") if block.peer is None]


def prose(text: str) -> str:
    """Return a page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub and MyST make of a heading."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")


def contains(output: str, expected: str) -> bool:
    """Tell whether the lines stand in the output one after the other, where ``...`` stands for anything."""
    # The marks below a line of code differ from version to version.
    lines = [line for line in output.splitlines() if not re.fullmatch(r"[\s|]*[~^]+", line)]
    pattern = ".*?".join(re.escape(part) for part in expected.strip("\n").split("..."))
    return re.search(rf"^{pattern}$", "\n".join(lines), re.MULTILINE | re.DOTALL) is not None


def run_python(
    *arguments: str, cwd: Path = ROOT, variables: Mapping[str, str] = {}, without: tuple[str, ...] = ("AIOUNIT_",)
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        # With CI set, Hypothesis does not mind that a machine is slow.
        env={**environment, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "1", **variables},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
