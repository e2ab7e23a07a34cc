"""The documents are right: every example runs and says what is printed, every link leads somewhere, no name is missing.

A ``python`` block is a module of tests. It passes; or a ``text`` block follows, and it fails with these lines in its
output, where ``...`` stands for anything. A ``toml`` block is a pyproject.toml, with errors in the same way.
"""

import ast
import dataclasses
import functools
import importlib.util
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiounit
from aiounit import assertions, mocks, settings

ROOT = Path(__file__).parent.parent

# Everybody else has at least one example.
WITHOUT_EXAMPLES = {
    "docs/changelog.md",
    "docs/design.md",
    "docs/examples/README.md",
    "docs/findings.md",
    "docs/hangs.md",
    "docs/index.md",
    "docs/performance.md",
}

# The name that every example is run under, and that stands in its output.
FILE = "test_orders.py"

# How long a subprocess may take, in seconds: many times what it does take, so that only a hang reaches it.
LIMIT = 120

# Runs the examples in the directories that it is given, one after the other, as `python -m unittest` does in each.
RUNNER = """
import contextlib, gc, io, json, os, sys, unittest

def run(directory):
    os.chdir(directory)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        result = unittest.main(
            None,
            argv=["python -m unittest", "discover"],
            testLoader=unittest.TestLoader(),
            testRunner=unittest.TextTestRunner(output),
            exit=False,
        ).result
        sys.modules.pop("test_orders", None)
        gc.collect()
    return {
        "output": output.getvalue().replace(directory + os.sep, ""),
        "passed": result.wasSuccessful() and not result.skipped,
        "tests": result.testsRun,
    }

print(json.dumps({directory: run(directory) for directory in sys.argv[1:]}))
"""


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


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in their order."""
    matches = list(FENCE.finditer(text))
    for match, after in itertools.zip_longest(matches, matches[1:]):
        expected = after[2] if after is not None and after[1] == "text" else None
        yield Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2], expected)


def all_blocks(language: str) -> list[Block]:
    blocks = [block for page, text in read_pages().items() for block in blocks_of(page, text)]
    return [block for block in blocks if block.language == language]


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


def run_python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIOUNIT_")}
    path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        # With CI set, Hypothesis does not mind that a machine is slow.
        env={**environment, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


class ExampleTests(unittest.TestCase):
    """Every ``python`` block is run once, all of them in one process; those that pass once more by pytest."""

    directory: Path
    outcomes: dict[Block, dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory())).resolve()
        runnable = [block for block in all_blocks("python") if not block.missing]
        directories = [cls.write(block, number) for number, block in enumerate(runnable)]
        finished = run_python("-W", "error", "-c", RUNNER, *directories)
        assert finished.returncode == 0, f"the examples could not be run:\n{finished.stdout}{finished.stderr}"
        outcomes = json.loads(finished.stdout)
        cls.outcomes = {
            block: {"directory": directory, **outcomes[directory]}
            for block, directory in zip(runnable, directories, strict=True)
        }

    @classmethod
    def write(cls, block: Block, number: int) -> str:
        directory = cls.directory / str(number)
        directory.mkdir()
        (directory / FILE).write_text(block.text, encoding="utf-8")
        return str(directory)

    def test_every_page_has_examples_unless_it_is_known_to_have_none(self) -> None:
        pages = {block.page for block in all_blocks("python")}
        self.assertEqual(pages, read_pages().keys() - WITHOUT_EXAMPLES)

    def test_no_block_is_overlooked(self) -> None:
        for page, text in read_pages().items():
            fences = re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)
            self.assertEqual(len(fences), 2 * len(list(blocks_of(page, text))), page)

    def test_they_pass_or_say_what_is_printed(self) -> None:
        for block in all_blocks("python"):
            with self.subTest(block.place):
                if block.missing:
                    self.skipTest(f"not installed: {', '.join(block.missing)}")
                self.check(block, self.outcomes[block])

    def check(self, block: Block, outcome: dict[str, Any]) -> None:
        output = outcome["output"]
        self.assertGreater(outcome["tests"], 0, output)
        self.assertEqual(outcome["passed"], block.expected is None, output)
        if block.expected is not None:
            self.assertTrue(
                contains(output, block.expected), f"expected:\n{block.expected}\nin what was printed:\n{output}"
            )
        elif "aiounit" in block.text:  # what the standard library lets happen is another matter
            self.assertNotIn("Exception ignored", output)

    def test_those_that_pass_do_so_under_pytest(self) -> None:
        if importlib.util.find_spec("pytest") is None:
            self.skipTest("not installed: pytest")
        passing = [outcome for outcome in self.outcomes.values() if outcome["passed"]]
        directories = [outcome["directory"] for outcome in passing]
        options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib")
        finished = run_python("-m", "pytest", *options, *directories, cwd=self.directory)
        self.assertEqual(finished.returncode, 0, finished.stdout)
        self.assertRegex(finished.stdout, rf"(?m)^{sum(outcome['tests'] for outcome in passing)} passed\b")


class SettingsTests(unittest.TestCase):
    """What the documents say of settings."""

    def test_every_toml_block_is_read_or_refused_as_it_says(self) -> None:
        self.assertNotEqual(all_blocks("toml"), [])
        for block in all_blocks("toml"):
            with self.subTest(block.place), tempfile.TemporaryDirectory() as name:
                directory = Path(name).resolve()
                (directory / "pyproject.toml").write_text(block.text, encoding="utf-8")
                try:
                    settings.read({}, directory)
                except aiounit.SettingsError as error:
                    if isinstance(error.__cause__, ModuleNotFoundError) and block.expected is None:
                        self.skipTest(str(error))
                    printed = f"aiounit.exceptions.SettingsError: {error}".replace(f"{directory}{os.sep}", "")
                    self.assertTrue(contains(printed, block.expected or "no error"), printed)
                else:
                    self.assertIsNone(block.expected)

    def test_the_tables_name_exactly_the_settings_there_are(self) -> None:
        keys = {field.name for field in dataclasses.fields(settings.Settings)}
        expected = {(key, f"AIOUNIT_{key.upper()}") for key in keys}
        for page in ("README.md", "docs/reference.md"):
            with self.subTest(page):
                rows = re.findall(r"^\| `(\w+)` \| `(AIOUNIT_\w+)` \|", read_pages()[page], re.MULTILINE)
                self.assertEqual((set(rows), len(rows)), (expected, len(keys)))


class ReferenceTests(unittest.TestCase):
    """The reference has a heading, or a row of a table, for every name."""

    def documented(self) -> set[str]:
        text = read_pages()["docs/reference.md"]
        first_cells = re.findall(r"^\| (.*?) \| ", text, re.MULTILINE)
        return {
            match
            for place in (*headings(text), *first_cells)
            for match in re.findall(r"`(?:(?:await|with|async with) )?(\w+)", place)
        }

    def test_public_names(self) -> None:
        for module in (aiounit, assertions, mocks):
            with self.subTest(module.__name__):
                self.assertEqual(set(module.__all__) - self.documented(), set())

    def test_what_a_test_case_adds_or_changes(self) -> None:
        kinds = [kind for kind in aiounit.AsyncTestCase.__mro__ if kind.__module__.startswith("aiounit.")]
        names = {name for kind in kinds for name in vars(kind) if not name.startswith("_")}
        self.assertLessEqual({"enter", "assertEventually", "assertAwaited", "waitAwaited", "patch"}, names)
        self.assertEqual(names - self.documented(), set())

    def test_what_a_stream_has(self) -> None:
        names = {name for name in vars(assertions.Stream) if not name.startswith("_")}
        self.assertEqual(names - self.documented(), set())


class LinkTests(unittest.TestCase):
    """Links between the documents, and to the files beside them."""

    def links(self, page: str) -> list[str]:
        targets = re.findall(r"\]\(([^)\s]+)\)", prose(read_pages()[page]))
        return [target for target in targets if not re.match(r"\w+:", target)]

    def test_every_link_leads_somewhere(self) -> None:
        for page in read_pages():
            for link in self.links(page):
                with self.subTest(page, link=link):
                    self.check(page, link)

    def check(self, page: str, link: str) -> None:
        target, _, name = link.partition("#")
        path = (ROOT / page).parent / target if target else ROOT / page
        self.assertTrue(path.exists(), "there is no such file")
        if name:
            text = read_pages()[path.resolve().relative_to(ROOT).as_posix()]
            self.assertIn(name, [anchor(heading) for heading in headings(text)])

    def test_every_page_can_be_reached_from_the_index(self) -> None:
        reached: set[str] = set()
        waiting = ["docs/index.md"]
        while waiting:
            page = waiting.pop()
            reached.add(page)
            waiting += self.linked(page) - reached
        self.assertEqual(reached, read_pages().keys())

    def linked(self, page: str) -> set[str]:
        """Return the pages that a page links to."""
        paths = {((ROOT / page).parent / link.partition("#")[0]).resolve() for link in self.links(page)}
        return {path.relative_to(ROOT).as_posix() for path in paths} & read_pages().keys()


class CommandTests(unittest.TestCase):
    """The two commands of the README, which continuous integration reads from there."""

    def commands(self) -> list[str]:
        return [block.text for block in blocks_of("README.md", read_pages()["README.md"]) if block.language == "sh"]

    def test_there_are_two_of_one_line_each(self) -> None:
        self.assertEqual([command.count("\n") for command in self.commands()], [1, 1])

    def test_they_install_extras_that_there_are(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        for command in self.commands():
            self.assertIn(re.findall(r"pip install -e '\.\[(\w+)\]' && ", command), [[extra] for extra in extras])

    def test_the_first_runs_the_examples(self) -> None:
        needed = ("aiosqlite", "httpx", "starlette", "uvicorn")
        missing = [package for package in needed if importlib.util.find_spec(package) is None]
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}")
        python, *arguments = shlex.split(self.commands()[0].partition(" && ")[2])
        self.assertEqual(python, "python")
        finished = run_python(*arguments)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertRegex(finished.stderr, r"(?m)^Ran [1-9]\d* tests ")


class ReaderTests(unittest.TestCase):
    """The readers above see what they are to see."""

    def test_blocks(self) -> None:
        text = "Say:\n\n```python\na = 1\n```\n\nand\n\n```text\nb\n```\n\n```toml\n```\n"
        self.assertEqual(
            list(blocks_of("page", text)),
            [
                Block("page", 3, "python", "a = 1\n", "b\n"),
                Block("page", 9, "text", "b\n", None),
                Block("page", 13, "toml", "", None),
            ],
        )

    def test_packages_that_are_missing(self) -> None:
        block = Block("page", 1, "python", "import os.path, no_package.a\nfrom no_other.b import c\n", None)
        self.assertEqual(block.missing, ["no_other", "no_package"])

    def test_anchors(self) -> None:
        self.assertEqual(anchor("What `enter()` does, and [why](x.md)"), "what-enter-does-and-why")

    def test_lines_in_an_output(self) -> None:
        output = "first line\n    second line\n    ~~~^^^\nthird <a at 0x12>\n"
        for expected in ("    second line\nthird <a at ...>\n", "first line\n...\nthird <a at 0x12>"):
            self.assertTrue(contains(output, expected), expected)
        for expected in ("second line", "first line\nthird ..."):
            self.assertFalse(contains(output, expected), expected)
