"""What ``__init__`` annotates is read in its source, if there is one."""

import unittest
from typing import Any

from aiounit.mocks.specs.annotations import annotated_in, annotations_of, evaluate


class Sender:
    """Is annotated."""


class Shop:
    def __init__(self, sender: Sender, quoted: "Sender", other: object, spare: Sender | None = None) -> None:
        self.own: Sender = Sender()
        self.text: Sender | None = None
        self.unknown: Missing = None  # type: ignore[name-defined]  # noqa: F821
        self.bare: int
        self.sender = sender
        self.first = self.second = quoted
        self.spare = spare or Sender()
        self.made = Sender()
        self.choice = None or sender
        other.name = sender  # type: ignore[attr-defined]
        name: Sender = sender
        del name


class AnnotatedInTests(unittest.TestCase):
    def test_annotations_of_attributes(self) -> None:
        self.assertEqual(
            annotated_in(Shop.__init__).own, {"own": Sender, "text": Sender | None, "unknown": Any, "bare": int}
        )

    def test_parameters(self) -> None:
        self.assertEqual(
            annotated_in(Shop.__init__).parameters,
            {"sender": Sender, "first": Sender, "second": Sender, "spare": Sender | None},
        )

    def test_a_class_in_a_function(self) -> None:
        class Local:
            """Is known by what the method uses only."""

        class Node:
            def __init__(self) -> None:
                self.used: Local = Local()

        self.assertEqual(annotated_in(Node.__init__).own, {"used": Local})

    def test_an_empty_cell(self) -> None:
        class Early:
            def __init__(self) -> None:
                self.late: Late = Late()
                self.count: int = 1

        self.assertEqual(annotated_in(Early.__init__).own, {"late": Any, "count": int})

        class Late:
            """Is there later."""

    def test_no_source(self) -> None:
        names: dict[str, Any] = {}
        exec("def __init__(self): self.name: int = 1", names)
        self.assertEqual(annotated_in(names["__init__"]), ({}, {}))

    def test_no_function(self) -> None:
        self.assertEqual(annotated_in(None), ({}, {}))
        self.assertEqual(annotated_in(object.__init__), ({}, {}))

    def test_no_arguments(self) -> None:
        def nothing() -> None:
            """Have no self."""

        self.assertEqual(annotated_in(nothing), ({}, {}))


class EvaluateTests(unittest.TestCase):
    def test_a_string(self) -> None:
        self.assertEqual(evaluate("list[int]", {}), list[int])
        self.assertIs(evaluate("Missing", {}), Any)

    def test_annotations(self) -> None:
        class Annotated:
            name: str

        self.assertEqual(annotations_of(Annotated), {"name": str})
