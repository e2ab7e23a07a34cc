"""Makes the site of these documents: ``python -m sphinx -nW --keep-going docs DIRECTORY``.

The pages are Markdown that a Git host shows as well, so what only the site has is here: the sections, and pages of the
sources in examples/. The reference is made of docstrings, with signatures as their users see them.
"""

import builtins
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, get_args, get_origin, get_overloads

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.parsers import Parser
from sphinx.pycode import ModuleAnalyzer

import aiounit
from aiounit import assertions, mocks

# The pages that stand beside each page, in order, below those that lead to them. A pattern may stand for none.
SECTIONS = {
    "index": {
        "Start": ["tutorial", "examples/README"],
        "Guides": ["How to <how-to/index>", "coming-from/index", "recipes/index"],
        "Look up": ["reference/index"],
        "Background": ["performance", "hangs", "findings", "design", "changelog"],
    },
    "examples/README": {"The sources": ["orders/*", "orders_tests/*"]},
    "how-to/index": {
        "How to": [
            "Change the base class <change-the-base-class>",
            "Use context managers <context-managers>",
            "Share what tests need <resources>",
            "Keep tests from hanging <timeouts>",
            "Find what tests leave behind <checks>",
            "Replace what code calls <mocks>",
            "Assert what was awaited <awaits>",
            "Wait without sleeping <waiting>",
            "Test what a stream yields <streams>",
            "Expect several exceptions <exception-groups>",
            "Test HTTP and WebSockets <http>",
            "Debug a test <debugging>",
            "Choose the event loop <event-loops>",
            "Patch clocks and fork <clocks-and-forks>",
            "Use other tools <other-tools>",
            "*",
        ],
    },
    "coming-from/index": {
        "Coming from": [
            "IsolatedAsyncioTestCase <isolated-asyncio-test-case>",
            "pytest-asyncio <pytest-asyncio>",
            "pytest <pytest>",
            "asynctest <asynctest>",
            "aiounittest <aiounittest>",
            "anyio <anyio>",
            "pytest-mock <pytest-mock>",
            "*",
        ],
    },
    "recipes/index": {
        "Recipes": [
            "Generators and context managers <generators-and-context-managers>",
            "Cancellation <cancellation>",
            "Races <races>",
            "Time <time>",
            "Blocking code and threads <blocking-code>",
            "Subprocesses and signals <processes-and-signals>",
            "Calls of other services <external-calls>",
            "Databases <databases>",
            "Messages and Redis <messages>",
            "Web applications <web-applications>",
            "WebSockets <websockets>",
            "Logging and warnings <logging-and-warnings>",
            "Many values <parametrised-tests>",
            "Running the tests <running>",
            "*",
        ],
    },
    "reference/index": {
        "Reference": [
            "case",
            "resources",
            "timeouts",
            "checks",
            "assertions",
            "await-assertions",
            "mock-toolkit",
            "mocks",
            "exceptions",
            "settings",
            "*",
        ],
    },
}

project = "aiounit"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
include_patterns = ["**.md", "examples/**.py"]
source_suffix = {".md": "markdown", ".py": "python"}
default_role = "py:obj"  # of what stands between single backticks in docstrings
add_module_names = False
highlight_language = "text"
python_display_short_literal_types = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
nitpicky = True
nitpick_ignore_regex = [  # the names of the standard library and of type variables lead nowhere
    ("py:exc", "|".join([*dir(builtins), "SkipTest"])),
    ("py:obj", r"(asyncio|unittest)\b.*|typing\.~.*"),
    ("py:class", r"(?!aiounit\b).*|.*\.[A-Z](_co)?"),
    ("py:class", r"aiounit\.(introspect\.places\.Place|assertions\.errors\.expected\.Expected)"),
    ("py:class", r"aiounit\.(checks\.api\.HasFileno|loops\.(watches\.Block|timed\.LoopWatch))"),
]

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_numpy_docstring = False
myst_heading_anchors = 4

html_theme = "furo"
html_title = "aiounit"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_copy_source = False
html_show_copyright = False


class SourceParser(Parser):
    """Makes a page of a Python file, so that links to it lead to a page."""

    supported = ("python",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Fill the page.

        Args:
            inputstring: The source.
            document: The page.
        """
        path = Path(document["source"])
        section = nodes.section("", nodes.title("", f"{path.parent.name}/{path.name}"), ids=["source"])
        section += nodes.literal_block(inputstring, inputstring, language="python")
        document += section


def expand(folder: Path, entries: list[str]) -> Iterator[str]:
    """Yield the pages of a section: those that are named, and for a pattern those that are not."""
    named = {entry.rpartition("<")[2].removesuffix(">") for entry in entries} | {"index", "README"}
    for entry in entries:
        if "*" in entry:
            found = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob(f"{entry}.*")} - named
            named |= found
            yield from sorted(found)
        else:
            yield entry


def add_sections(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the tables of contents at the end of a page that has some."""
    folder = Path(app.srcdir, page).parent
    for caption, entries in SECTIONS.get(page, {}).items():
        lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *expand(folder, entries), "```"]
        source[0] += "\n\n" + "\n".join(lines)


def public_functions() -> Iterator[Callable[..., object]]:
    """Yield the functions that have names in the packages, and the methods of the classes, inherited ones as well."""
    for module in (aiounit, assertions, mocks):
        for public in (getattr(module, name) for name in module.__all__):
            if isinstance(public, FunctionType):
                yield public
            for kind in inspect.getmro(public) if inspect.isclass(public) else ():
                if kind.__module__.startswith("aiounit."):
                    yield from filter(callable, vars(kind).values())


def mark_as_awaited(function: Callable[..., object]) -> None:
    """Have a function shown as a coroutine function; Python 3.11 can't."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(function)


def show_as_called(function: Callable[..., object]) -> None:
    """Have what is awaited shown as a coroutine function, and what is overloaded for type checkers shown once."""
    original = inspect.unwrap(function)
    annotations = getattr(original, "__annotations__", {})
    if get_origin(annotations.get("return")) is Coroutine:
        annotations["return"] = get_args(annotations["return"])[2]
        mark_as_awaited(original)
    if inspect.iscoroutinefunction(original):
        mark_as_awaited(function)
    if isinstance(original, FunctionType) and get_overloads(original):
        annotations.clear()
        analyzer = ModuleAnalyzer.for_module(original.__module__)
        analyzer.analyze()
        analyzer.overloads.clear()


def hide_constructor(
    _app: Sphinx, kind: str, name: str, documented: object, *_others: object
) -> tuple[str, str] | None:
    """Show no arguments of classes that only aiounit makes: their docstrings have none."""
    is_made = "Args:" in (inspect.getdoc(documented) or "") or name == "aiounit.mocks.Behaviour"
    return ("", "") if kind == "class" and not is_made else None


def keep_colons(_app: Sphinx, kind: str, _name: str, _documented: object, _options: object, lines: list[str]) -> None:
    """Keep napoleon from taking what stands before the first colon of a property's docstring for its type."""
    if kind == "property":
        lines[:0] = ["..", ""]  # an empty comment, with no colon in it


def show_types(_app: Sphinx, _kind: str, _name: str, _documented: object, _options: object, lines: list[str]) -> None:
    """Have the type of each attribute that a class describes stand beside its name."""
    places = [number for number, line in enumerate(lines) if line.startswith(".. attribute::")]
    for place, end in reversed([*itertools.pairwise([*places, len(lines)])]):
        for number in range(place, end):
            if lines[number].startswith("   :type: "):
                kind = re.sub(r"ClassVar\[(.*)\]", r"\1", lines.pop(number))
                lines.insert(place + 1, re.sub(r"\b[a-z]\w*\.", "", kind))


def arrange(_app: Sphinx, page: nodes.document) -> None:
    """Put the type of a result next to what is said of the result, and color the examples of docstrings."""
    for described in page.findall(addnodes.desc_content):
        for block in described.findall(nodes.literal_block):
            block["language"] = "python"
    for fields in page.findall(nodes.field_list):
        named = {field[0].astext(): field for field in fields.findall(nodes.field)}
        if "Returns" in named and "Return type" in named:
            fields.remove(named["Return type"])
            fields.insert(fields.index(named["Returns"]) + 1, named["Return type"])


def resolve_elsewhere(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element) -> Any:
    """Find a name of aiounit that a docstring mentions as it is written in another of its packages."""
    if node["refdomain"] != "py" or node.get("refspecific"):
        return None
    node["refspecific"] = True
    domain = env.domains.python_domain
    return domain.resolve_xref(env, node["refdoc"], app.builder, node["reftype"], node["reftarget"], node, content)


def setup(app: Sphinx) -> None:
    """Add what stands above to Sphinx."""
    for function in public_functions():
        show_as_called(function)
    app.add_source_parser(SourceParser)
    app.connect("source-read", add_sections)
    app.connect("autodoc-process-signature", hide_constructor)
    app.connect("autodoc-process-docstring", keep_colons, priority=100)  # before napoleon reads it
    app.connect("autodoc-process-docstring", show_types, priority=900)  # and after
    app.connect("doctree-read", arrange)
    app.connect("missing-reference", resolve_elsewhere)
