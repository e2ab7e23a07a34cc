"""The page and its picture: both are made of the data beside them, and of literal data as they should be."""

import unittest
from dataclasses import replace
from xml.etree import ElementTree as ET

from . import page, picture
from .test_figures import DATA, MEASURED

SVG = "{http://www.w3.org/2000/svg}"


class PictureTests(unittest.TestCase):
    def test_its_words(self) -> None:
        words = [each.text for each in ET.fromstring(picture.draw(DATA)).iter(f"{SVG}text")]
        self.assertEqual(words[:2], ["Python 3.13", "empty test"])
        self.assertEqual(words[2:7], list(picture.ROWS))
        self.assertEqual(words[7:11], ["1,010", "160", "550", "110"])  # anyio wasn't measured

    def test_its_bars(self) -> None:
        drawing = ET.fromstring(picture.draw(DATA))
        bars = [each for each in drawing.iter(f"{SVG}rect") if each.get("class") != "paper"]
        self.assertEqual([each.get("class") for each in bars], ["peer", "peer", "peer", "ours"])
        self.assertEqual(bars[0].get("width"), f"{picture.LONGEST:.1f}")
        self.assertEqual(len(list(drawing.iter(f"{SVG}path"))), 2)  # the limit and its legend

    def test_the_versions_that_are_drawn(self) -> None:
        def versions(*names: str) -> list[str]:
            measured = [replace(MEASURED, version=f"{name}.0") for name in names]
            return [each.short_version for each in picture.shown(replace(DATA, pythons=measured))]

        self.assertEqual(versions("3.11", "3.12", "3.13", "3.14", "3.15"), ["3.11", "3.13", "3.15"])
        self.assertEqual(versions("3.12"), ["3.12"])


class PageTests(unittest.TestCase):
    def test_figures_are_put_in_their_place(self) -> None:
        text = page.fill(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", DATA)
        self.assertEqual((text.splitlines()[0], text.splitlines()[-1]), ("before", "after"))
        self.assertNotIn("old", text)
        self.assertIn("### CPython 3.13.0\n\n| microseconds | empty test |", text)
        self.assertEqual(page.fill(text, DATA), text)

    def test_what_is_in_the_documents_is_made_of_the_data(self) -> None:
        """`python -m tests.benchmarks.page` writes it."""
        for path, content in page.make().items():
            with self.subTest(path.name):
                self.assertEqual(path.read_text(encoding="utf-8"), content)
