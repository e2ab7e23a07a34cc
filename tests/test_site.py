"""The site that Sphinx makes of the documents: it is built once, without a warning, and then looked at.

Where the packages of the extra ``docs`` are not installed there is nothing to look at.
"""

import functools
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from tests.documents import ROOT, documented_names, read_pages

# What makes the site; what is awaited is shown as that from Python 3.12 on.
MISSING = [package for package in ("furo", "myst_parser", "sphinx") if importlib.util.find_spec(package) is None]
MISSING += ["Python 3.12"] if sys.version_info < (3, 12) else []

# How long the build may take, in seconds: many times what it does take, so that only a hang reaches it.
LIMIT = 600


class Page(HTMLParser):
    """A page of the site: its anchors, what it links to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what an element names.

        Args:
            tag: The element.
            attrs: Its attributes.
        """
        values = {name: value for name, value in attrs if value is not None}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        places = [values[name] for name in ("href", "src") if name in values]
        (self.links if tag == "a" else self.loaded).extend(places)


@functools.cache
def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def is_elsewhere(link: str) -> bool:
    return bool(urllib.parse.urlsplit(link).scheme or urllib.parse.urlsplit(link).netloc)


def names_in_inventory(content: bytes) -> Iterator[str]:
    """Yield the names of Python objects in an objects.inv, which other projects link to."""
    *header, packed = content.split(b"\n", 4)
    assert header[0] == b"# Sphinx inventory version 2", header
    for line in zlib.decompress(packed).decode().splitlines():
        name, kind, _ = line.split(" ", 2)
        if kind.startswith("py:"):
            yield name


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class SiteTests(unittest.TestCase):
    site: Path
    output: str

    @classmethod
    def setUpClass(cls) -> None:
        directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.site = directory / "site"
        command = ["-m", "sphinx", "-nWq", "--keep-going", "-d", str(directory / "doctrees"), "docs", str(cls.site)]
        finished = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("AIOUNIT_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        cls.output = finished.stdout

    def pages(self) -> dict[str, Page]:
        return {path.relative_to(self.site).as_posix(): read(path) for path in sorted(self.site.rglob("*.html"))}

    def test_it_is_built_without_warnings(self) -> None:
        self.assertEqual(self.output, "")

    def test_every_document_is_a_page(self) -> None:
        expected = {page.removeprefix("docs/").replace(".md", ".html") for page in read_pages() if page != "README.md"}
        self.assertEqual(expected - self.pages().keys(), set())

    def test_the_sources_of_the_order_service_are_pages(self) -> None:
        sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs" / "examples").rglob("*.py")]
        self.assertEqual({path.with_suffix(".html").as_posix() for path in sources} - self.pages().keys(), set())

    def test_every_link_inside_leads_somewhere(self) -> None:
        for name, page in self.pages().items():
            for link in (*page.links, *page.loaded):
                if not is_elsewhere(link):
                    with self.subTest(name, link=link):
                        self.check(self.site / name, link)

    def check(self, page: Path, link: str) -> None:
        place, fragment = urllib.parse.urldefrag(link)
        target = (page.parent / urllib.parse.unquote(place.partition("?")[0])).resolve() if place else page
        self.assertTrue(target.is_file(), "there is no such file")
        if fragment and target.suffix == ".html":
            self.assertIn(urllib.parse.unquote(fragment), read(target).anchors)

    def test_nothing_is_loaded_from_elsewhere(self) -> None:
        loaded = itertools.chain.from_iterable(page.loaded for page in self.pages().values())
        self.assertEqual({link for link in loaded if is_elsewhere(link)}, set())

    def test_the_search_finds_words_and_names(self) -> None:
        text = (self.site / "searchindex.js").read_text(encoding="utf-8")
        index = json.loads(text.removeprefix("Search.setIndex(").rstrip(";\n").removesuffix(")"))
        self.assertLessEqual({"timeout", "databas", "hang", "mock", "pytest"}, index["terms"].keys())
        names = {entry[4] for entries in index["objects"].values() for entry in entries}
        self.assertLessEqual({"assertAwaited", "AsyncTestCase", "async_timeout", "timeout"}, names)

    def test_every_name_of_the_reference_can_be_linked_to(self) -> None:
        names = set(names_in_inventory((self.site / "objects.inv").read_bytes()))
        self.assertEqual(documented_names() - names, set())


class ReaderTests(unittest.TestCase):
    """The readers above see what they are to see."""

    def test_pages(self) -> None:
        page = Page('<h1 id="top"><a name="old" href="a.html#b">A</a></h1><img src="c.svg"/><a>none</a>')
        self.assertEqual((page.anchors, page.links, page.loaded), ({"top", "old"}, ["a.html#b"], ["c.svg"]))

    def test_what_is_elsewhere(self) -> None:
        links = ["https://example.com", "//example.com/a", "mailto:a@b", "a.html", "#b", "../c.html?q=1"]
        self.assertEqual([is_elsewhere(link) for link in links], [True, True, True, False, False, False])

    def test_inventories(self) -> None:
        packed = zlib.compress(b"a.b py:function 1 a.html#$ -\nindex std:doc -1 index.html A title\n")
        content = b"# Sphinx inventory version 2\n# Project: a\n# Version: \n# packed\n" + packed
        self.assertEqual(list(names_in_inventory(content)), ["a.b"])
