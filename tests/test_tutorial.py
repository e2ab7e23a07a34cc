"""The tutorial is right: whoever does what it says sees what it shows.

The page is read from top to bottom, and each of its blocks is done in one empty directory:

- A ``python`` block is written to the file that stands in bold above it. ``**shop.py**`` alone is the whole file. After
  ``added at the end`` the block follows what is there: after one empty line if it is indented, and so belongs to the
  last class, else after two. ``in place of `Shop.sell``` replaces the function, method or class of this name, with its
  decorators; ``in place of the imports`` all from the first ``import`` at the top of the file to the last.
- A ``sh`` block is a command. The ``text`` block after it is all that the command prints.
- The first ``sh`` block installs what is needed. It is checked and not run: it would take packages from the network,
  which may not be there, and install aiounit from where the reader has it.

What is printed is compared line by line, and what the page says of it comes first: the path of the directory and the
marks below a line of code are left out, and ``...`` alone in a line stands for any lines, in a line for anything in it.
Lengths of time (``in 0.012s``, ``in 0.012 s``) are equal.
"""

import ast
import difflib
import importlib.util
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
from itertools import pairwise
from pathlib import Path

from .documents import FENCE, LIMIT, ROOT

PAGE = ROOT / "docs" / "tutorial.md"

CAPTION = re.compile(r"\*\*(?P<file>\w+\.py)\*\*(?:, (?P<where>.*))?")


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file, or a part of it."""

    line: int
    caption: str
    code: str

    def do(self, directory: Path) -> None:
        match = CAPTION.fullmatch(self.caption)
        if match is None:
            raise ValueError(f"line {self.line}: no file stands in bold above this block, but {self.caption!r}")
        path = directory / match["file"]
        before = path.read_text(encoding="utf-8") if match["where"] else ""
        path.write_text(changed(before, self.code, match["where"]), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command, which prints this."""

    line: int
    command: str
    printed: str

    def do(self, directory: Path) -> None:
        output = tidied(run(self.command, directory), directory)
        if not matches(output, self.printed):
            difference = difflib.unified_diff(
                self.printed.splitlines(), output.splitlines(), "page", "printed", "", "", 3
            )
            raise AssertionError(f"line {self.line}: {self.command} prints something else:\n" + "\n".join(difference))


def steps_of(page: str) -> Iterator[Write | Run]:
    """Yield what a reader of the page does, in order, without the installation.

    Raises:
        ValueError: A block is of no known kind, or stands where it says nothing.
    """
    blocks = [(page.count("\n", 0, match.start()) + 1, match[1], match[2]) for match in FENCE.finditer(page)]
    lines = page.splitlines()
    preceding, is_installed = "", False
    for (line, language, text), (_, following, printed) in pairwise([*blocks, (0, "", "")]):
        if language == "python":
            yield Write(line, lines[line - 3], text)
        elif (language, following) == ("sh", "text"):
            yield Run(line, text.strip(), printed)
        elif language == "sh" and not is_installed:
            is_installed = True
        elif (preceding, language) != ("sh", "text"):
            raise ValueError(f"line {line}: what is a reader to do with this block? {language} {text}")
        preceding = language


def changed(code: str, part: str, where: str | None) -> str:
    """Return the code of a file with a part of it added or replaced.

    Raises:
        ValueError: There is no such part.
    """
    if where is None:
        return part
    if where == "added at the end":
        return code + ("\n" if part.startswith(" ") else "\n\n") + part
    body = ast.parse(code).body
    replaced = re.fullmatch(r"in place of (?:the imports|`([\w.]+)`)", where)
    if replaced is None:
        raise ValueError(f"{where!r} says nothing of a place in a file")
    first, last = span_of_definition(body, replaced[1]) if replaced[1] else span_of_imports(body)
    lines = code.splitlines(keepends=True)
    return "".join([*lines[: first - 1], part, *lines[last:]])


def span_of_imports(body: list[ast.stmt]) -> tuple[int, int]:
    """Return the first and the last line of the imports."""
    imports = [statement for statement in body if isinstance(statement, ast.Import | ast.ImportFrom)]
    return imports[0].lineno, imports[-1].end_lineno or 0


def span_of_definition(body: list[ast.stmt], name: str) -> tuple[int, int]:
    """Return the first and the last line of a function or class, which may be in a class: ``Shop.sell``."""
    outer, _, inner = name.partition(".")
    for statement in body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == outer:
            if inner:
                return span_of_definition(statement.body, inner)
            first = min([statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)])
            return first, statement.end_lineno or 0
    raise ValueError(f"there is no {name}")


def run(command: str, directory: Path) -> str:
    """Run a command as a shell does, with this Python and without settings from outside; return what it prints."""
    words = shlex.split(command)
    settings = [word.partition("=") for word in words if re.match(r"\w+=", word)]
    python, *arguments = words[len(settings) :]
    if python != "python":
        raise ValueError(f"the page runs python, and no {python!r}")
    # Other variables than those of Python and aiounit stay: coverage looks for its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIOUNIT_", "PYTHON"))}
    environment |= {
        "NO_COLOR": "1",
        # A file that changes within a second and keeps its length would be taken for the one that was compiled.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        **{name: value for name, _, value in settings},
    }
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return finished.stdout


def tidied(output: str, directory: Path) -> str:
    """Return what was printed without the directory and without the marks below lines of code."""
    lines = output.replace(f"{directory}{os.sep}", "").splitlines(keepends=True)
    return "".join(line for line in lines if not re.fullmatch(r"[\s|]*[~^]+\s*", line))


def matches(output: str, printed: str) -> bool:
    """Tell whether just this was printed."""

    def pattern(line: str) -> str:
        if line.strip() == "...":
            return r"(?:.*\n)*?"
        parts = [re.escape(part) for part in line.split("...")]
        return re.sub(r"in\\ \d+\\\.\d+(\\ )?s", r"in\\ \\d+\\.\\d+\1s", ".*".join(parts)) + "\n"

    return re.fullmatch("".join(map(pattern, printed.splitlines())), output) is not None


class TutorialTests(unittest.TestCase):
    """The page itself."""

    page: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.page = PAGE.read_text(encoding="utf-8")

    def test_every_step_does_what_the_page_says(self) -> None:
        if importlib.util.find_spec("aiosqlite") is None:
            self.skipTest("not installed: aiosqlite")
        steps = list(steps_of(self.page))
        self.assertEqual({type(step) for step in steps}, {Write, Run})
        with tempfile.TemporaryDirectory() as name:
            for step in steps:
                step.do(Path(name).resolve())

    def test_what_it_installs_is_known_to_the_project(self) -> None:
        commands = next(match[2] for match in FENCE.finditer(self.page) if match[1] == "sh")
        *others, install = commands.splitlines()
        self.assertEqual(others, ["mkdir teashop", "cd teashop", "python -m venv .venv", ". .venv/bin/activate"])
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        known = {re.split(r"\W", entry)[0] for entry in project["optional-dependencies"]["examples"]}
        packages = install.removeprefix("python -m pip install ").split()
        self.assertEqual(packages[0], f"../{project['name']}")
        self.assertLessEqual(set(packages[1:]), known)

    def test_what_the_files_import_is_installed(self) -> None:
        files = {step.caption.strip("*").removesuffix(".py") for step in steps_of(self.page) if isinstance(step, Write)}
        imports = set(re.findall(r"^(?:from|import) (\w+)", self.page, re.MULTILINE))
        self.assertEqual(imports - files - sys.stdlib_module_names, {"aiounit", "aiosqlite"})


class ReaderTests(unittest.TestCase):
    """The readers above see what they are to see."""

    def test_steps(self) -> None:
        page = (
            "```sh\ninstall\n```\n\n**a.py**\n\n```python\na = 1\n```\n\n```sh\npython a.py\n```\n\n```text\n1\n```\n"
        )
        self.assertEqual(list(steps_of(page)), [Write(7, "**a.py**", "a = 1\n"), Run(11, "python a.py", "1\n")])

    def test_blocks_without_a_use(self) -> None:
        for page in (
            "```text\n1\n```\n",
            "```toml\n```\n",
            "```sh\n```\n\n```sh\npython a.py\n```\n",
            "**a.py**\n\n```python\n```\n\n```text\n1\n```\n",
        ):
            with self.subTest(page), self.assertRaisesRegex(ValueError, "what is a reader to do with this block"):
                list(steps_of(page))

    def test_code_that_is_no_file(self) -> None:
        with self.assertRaisesRegex(ValueError, "line 3: no file stands in bold above this block, but 'Write a.py:'"):
            Write(3, "Write a.py:", "").do(ROOT)

    def test_parts_of_a_file(self) -> None:
        code = "import a\n\nfrom b import c\n\n\n@d\nclass A:\n    def b(self):\n        pass\n\n    c = 1\n"
        for part, where, expected in (
            ("import x\n", "in place of the imports", code.replace("import a\n\nfrom b import c\n", "import x\n")),
            ("    b = 1\n", "in place of `A.b`", code.replace("    def b(self):\n        pass\n", "    b = 1\n")),
            ("class A: ...\n", "in place of `A`", "import a\n\nfrom b import c\n\n\nclass A: ...\n"),
            ("    d = 1\n", "added at the end", code + "\n    d = 1\n"),
            ("e = 1\n", "added at the end", code + "\n\ne = 1\n"),
            ("f = 1\n", None, "f = 1\n"),
        ):
            with self.subTest(where):
                self.assertEqual(changed(code, part, where), expected)

    def test_parts_that_are_not_there(self) -> None:
        for where, message in (("in place of `A.b`", "there is no b"), ("further down", "says nothing of a place")):
            with self.subTest(where), self.assertRaisesRegex(ValueError, message):
                changed("class A: ...\n", "", where)

    def test_commands_that_are_not_run(self) -> None:
        with self.assertRaisesRegex(ValueError, "the page runs python, and no 'rm'"):
            run("A=1 rm x", ROOT)

    def test_an_output_that_is_another(self) -> None:
        with self.assertRaisesRegex(AssertionError, r"(?s)line 3: python -c .* prints something else.*-2\n\+1"):
            Run(3, "python -c 'print(1)'", "2\n").do(ROOT)

    def test_what_is_left_out_of_an_output(self) -> None:
        directory = ROOT / "shop"
        output = f'  File "{directory / "a.py"}", line 1\n    a()\n    ~^^\n  |   ^^\nb\n'
        self.assertEqual(tidied(output, directory), '  File "a.py", line 1\n    a()\nb\n')

    def test_outputs(self) -> None:
        output = "a ... ok\nb <c at 0x12> d\n\nRan 2 tests in 0.012s, in 3.4 s\n"
        for printed in (
            output,
            "a ... ok\nb <c at ...> d\n\nRan 2 tests in 10.003s, in 0.0 s\n",
            "a ... ok\n...\nRan 2 tests in 0.5s, in 0.5 s\n",
            "...\na ... ok\n...\nRan 2 ...\n...\n",
        ):
            self.assertTrue(matches(output, printed), printed)
        for printed in (
            "a ... ok\n",
            "a ... FAIL\n...\n",
            "...\nb <c at ...>\n...\n",
            "a ...\n\nRan 2 tests in 0.012s, in 3.4 s\n",
            "...\nRan 2 tests in 0.012 s, in 3.4 s\n",
        ):
            self.assertFalse(matches(output, printed), printed)
