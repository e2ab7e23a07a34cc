"""The documents are right: every example runs and says what is printed, every link leads somewhere, no name is missing.

A ``python`` block is a module of tests. It passes; or a ``text`` block follows, and it fails with these lines in its
output, where ``...`` stands for anything. A ``toml`` block is a pyproject.toml, with errors in the same way. A ``yaml``
block is a workflow for continuous integration, which runs the tests of the first ``python`` block of its page.
A ``python`` block whose first line is the name of another tool, ``# pytest-asyncio`` say, is for test_coming_from.
"""

import importlib.util
import inspect
import json
import os
import pydoc
import re
import shlex
import tempfile
import tomllib
import unittest
from pathlib import Path
from typing import Any

import aiounit
from aiounit import settings
from tests.documents import (
    FILE,
    ROOT,
    STEP_BY_STEP,
    Block,
    all_blocks,
    anchor,
    blocks_of,
    contains,
    directives,
    documented_names,
    headings,
    own_blocks,
    prose,
    public_names,
    read_pages,
    run_python,
)

# Everybody else has at least one example.
WITHOUT_EXAMPLES = {
    "docs/changelog.md",
    "docs/coming-from/index.md",
    "docs/design.md",
    "docs/examples/README.md",
    "docs/findings.md",
    "docs/hangs.md",
    "docs/how-to/index.md",
    "docs/performance.md",
    "docs/recipes/index.md",
    "docs/reference/exceptions.md",
    "docs/reference/index.md",
    "docs/reference/settings.md",
}

# On a busy machine the loop stands still now and then, whatever an example does, and warnings are errors here.
BUSY = {"AIOUNIT_CHECKS": "blocking=off"}

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


class ExampleTests(unittest.TestCase):
    """Every ``python`` block is run once, all of them in one process; those that pass once more by pytest."""

    directory: Path
    outcomes: dict[Block, dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory())).resolve()
        runnable = [block for block in own_blocks() if not block.missing]
        directories = [cls.write(block, number) for number, block in enumerate(runnable)]
        finished = run_python("-W", "error", "-c", RUNNER, *directories, variables=BUSY)
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
        self.assertEqual(pages, read_pages().keys() - WITHOUT_EXAMPLES - STEP_BY_STEP)

    def test_no_block_is_overlooked(self) -> None:
        for page, text in read_pages().items():
            fences = re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)
            self.assertEqual(len(fences), 2 * len(list(blocks_of(page, text))), page)

    def test_they_pass_or_say_what_is_printed(self) -> None:
        for block in own_blocks():
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
        finished = run_python("-m", "pytest", *options, *directories, cwd=self.directory, variables=BUSY)
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
                    settings.read({}, str(directory))
                except aiounit.SettingsError as error:
                    if isinstance(error.__cause__, ModuleNotFoundError) and block.expected is None:
                        self.skipTest(str(error))
                    printed = f"aiounit.exceptions.SettingsError: {error}".replace(f"{directory}{os.sep}", "")
                    self.assertTrue(contains(printed, block.expected or "no error"), printed)
                else:
                    self.assertIsNone(block.expected)

    def test_the_tables_name_exactly_the_settings_there_are(self) -> None:
        keys = set(settings.Settings._fields)
        expected = {(key, f"AIOUNIT_{key.upper()}") for key in keys}
        for page in ("README.md", "docs/reference/settings.md"):
            with self.subTest(page):
                rows = re.findall(r"^\| `(\w+)` \| `(AIOUNIT_\w+)` \|", read_pages()[page], re.MULTILINE)
                self.assertEqual((set(rows), len(rows)), (expected, len(keys)))


class WorkflowTests(unittest.TestCase):
    """Every ``yaml`` block: what it runs works, with the settings that it makes."""

    def test_what_they_run_works(self) -> None:
        self.assertNotEqual(all_blocks("yaml"), [])
        for block in all_blocks("yaml"):
            with self.subTest(block.place), tempfile.TemporaryDirectory() as name:
                if importlib.util.find_spec("coverage") is None:
                    self.skipTest("not installed: coverage")
                example = next(each for each in all_blocks("python") if each.page == block.page)
                (Path(name) / FILE).write_text(example.text, encoding="utf-8")
                self.check(block, Path(name))

    def check(self, block: Block, directory: Path) -> None:
        variables = dict(re.findall(r'^ +([A-Z]+_\w+): "(.*)"$', block.text, re.MULTILINE))
        commands = re.findall(r"^ +- run: python (?!-m pip )(.+)$", block.text, re.MULTILINE)
        self.assertTrue(variables and commands, block.text)
        for command in commands:
            # If coverage measures this run, it is not to measure its own run in there.
            without = ("AIOUNIT_", "COVERAGE_")
            finished = run_python(*shlex.split(command), cwd=directory, variables=variables, without=without)
            self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)

    def test_every_variable_that_is_named_is_a_setting(self) -> None:
        known = {f"AIOUNIT_{field.upper()}" for field in settings.Settings._fields}
        for page, text in read_pages().items():
            self.assertLessEqual(set(re.findall(r"\bAIOUNIT_[A-Z_]+\b", text)), known, page)


class ReferenceTests(unittest.TestCase):
    """The reference has a place for every public name: a directive that shows its docstring, or that of its class."""

    def test_public_names(self) -> None:
        self.assertEqual(public_names() - documented_names(), set())

    def test_what_a_test_case_adds_or_changes(self) -> None:
        kinds = [kind for kind in aiounit.AsyncTestCase.__mro__ if kind.__module__.startswith("aiounit.")]
        declared = {name for kind in kinds for name in (*vars(kind), *inspect.get_annotations(kind))}
        names = {name for name in declared if not name.startswith("_")}
        self.assertLessEqual(
            {"enter", "timeout", "assertEventually", "assertAwaited", "waitUntilAwaited", "patch"}, names
        )
        homes = ("AsyncTestCase", "AsyncAssertions", "AwaitAssertions", "MockToolkit")
        documented = {name.removeprefix(f"aiounit.{home}.") for name in documented_names() for home in homes}
        self.assertEqual(names - documented, set())

    def test_what_other_classes_have(self) -> None:
        names = {
            f"{path}.{name}"
            for path in public_names()
            if inspect.isclass(found := pydoc.locate(path)) and not issubclass(found, unittest.TestCase)
            for name in vars(found)
            if not name.startswith("_")
        }
        self.assertLessEqual({"aiounit.assertions.Stream.next_item", "aiounit.mocks.AwaitRecord.state"}, names)
        left_out = {f"{each.name}.{name}" for each in directives() for name in each.left_out}
        self.assertLessEqual(left_out, names)
        self.assertEqual(names - left_out - documented_names(), set())

    def test_nothing_is_there_twice_or_gone(self) -> None:
        names = [each.name for each in directives()]
        self.assertEqual(sorted(set(names)), sorted(names))
        self.assertEqual([name for name in names if pydoc.locate(name) is None], [])


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
        self.assertEqual(reached | {"README.md"}, set(read_pages()))  # on a site, there is no README

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

    def test_whose_tests_a_block_has(self) -> None:
        for text, peer in (("# anyio\na = 1\n", "anyio"), ("# anyio --anyio-mode=auto\n", "anyio"), ("# a\n", None)):
            self.assertEqual(Block("page", 1, "python", text, None).peer, peer)

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
