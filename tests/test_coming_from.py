"""The pages for those who come from other tools are right: what they say is done there runs there, as ours runs here.

A block whose first line is the name of a tool is run by pytest, with the plugin of that tool. What follows the name are
options: ``# pytest-asyncio --asyncio-mode=auto``. It passes, or it fails with the lines of the ``text`` block after it.
"""

import ast
import functools
import importlib.util
import re
import shlex
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

from tests.documents import FILE, PEERS, Block, all_blocks, contains, run_python

# What runs the tests of each in pytest. asynctest can't be imported any more.
PLUGINS = {"aiounittest": "unittest", "anyio": "anyio.pytest_plugin", "pytest-asyncio": "pytest_asyncio.plugin"}


@dataclass(frozen=True, slots=True)
class Example:
    """A block with the tests of another tool, and the name of the directory that it is run in."""

    block: Block
    directory: str

    @property
    def plugin(self) -> str:
        return PLUGINS[str(self.block.peer)]

    @property
    def options(self) -> tuple[str, ...]:
        return ("-p", self.plugin, *shlex.split(self.block.text.partition("\n")[0])[2:])

    @property
    def files(self) -> dict[str, str]:
        """What is in the directory: a comment with the name of a file begins the next one."""
        first, *others = re.split(r"^# (\w+\.py)\n", self.block.text, flags=re.MULTILINE)
        return {FILE: first, **dict(zip(others[::2], others[1::2], strict=True))}

    @property
    def missing(self) -> list[str]:
        """The packages that it needs and that are not installed."""
        packages = {"pytest", self.plugin.partition(".")[0]}
        return sorted({*self.block.missing, *(name for name in packages if importlib.util.find_spec(name) is None)})


@functools.cache
def examples() -> list[Example]:
    blocks = [block for block in all_blocks("python") if block.peer in PLUGINS]
    return [Example(block, str(number)) for number, block in enumerate(blocks)]


class PeerTests(unittest.TestCase):
    """Those that pass, of one tool and with the same options, are run by one pytest; each that fails, by its own."""

    root: Path
    outputs: dict[Example, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = Path(cls.enterClassContext(tempfile.TemporaryDirectory())).resolve()
        groups: dict[tuple[object, ...], list[Example]] = {}
        for example in examples():
            if not example.missing:
                cls.write(example)
                groups.setdefault((example.options, example.block.expected and example), []).append(example)
        cls.outputs = {example: output for group in groups.values() for example, output in cls.run_group(group).items()}

    @classmethod
    def write(cls, example: Example) -> None:
        directory = cls.root / example.directory
        directory.mkdir()
        for name, text in example.files.items():
            (directory / name).write_text(text, encoding="utf-8")

    @classmethod
    def run_group(cls, group: list[Example]) -> dict[Example, str]:
        options = ("-v", "-p", "no:cacheprovider", "--import-mode=importlib", "--continue-on-collection-errors")
        names = [example.directory for example in group]
        output = run_python("-m", "pytest", *options, *group[0].options, *names, cwd=cls.root).stdout
        return dict.fromkeys(group, output)

    def test_they_pass_or_say_what_is_printed(self) -> None:
        for example in examples():
            with self.subTest(example.block.place):
                if example.missing:
                    self.skipTest(f"not installed: {', '.join(example.missing)}")
                self.check(example, self.outputs[example])

    def check(self, example: Example, output: str) -> None:
        outcomes = set(re.findall(rf"(?m)^{example.directory}/\S+ ([A-Z]+)", output))
        if example.block.expected is None:
            self.assertEqual(outcomes, {"PASSED"}, output)
        else:
            self.assertTrue(outcomes & {"FAILED", "ERROR"}, output)
            self.assertTrue(contains(output, example.block.expected), output)

    def test_there_are_some_of_each_tool(self) -> None:
        self.assertEqual({block.peer for block in all_blocks("python")} - {None}, PEERS)

    def test_those_of_a_tool_that_is_gone_can_be_read(self) -> None:
        for block in all_blocks("python"):
            if block.peer in PEERS - PLUGINS.keys():
                with self.subTest(block.place):
                    ast.parse(block.text)


class ReaderTests(unittest.TestCase):
    """The readers above see what they are to see."""

    def test_an_example(self) -> None:
        text = "# pytest-asyncio --asyncio-mode=auto\n# conftest.py\na = 1\n\n# test_orders.py\nimport no_package\n"
        example = Example(Block("page", 1, "python", text, None), "0")
        self.assertEqual(example.options, ("-p", "pytest_asyncio.plugin", "--asyncio-mode=auto"))
        self.assertEqual(example.files, {"conftest.py": "a = 1\n\n", "test_orders.py": "import no_package\n"})
        self.assertIn("no_package", example.missing)
