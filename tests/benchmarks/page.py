"""Makes the figures of docs/performance.md and its picture: ``python -m tests.benchmarks.page``.

They are made of the data beside the page.
"""

import re
from pathlib import Path

from . import picture, tables
from .children import ROOT
from .data import Data, Measured, read
from .report import count_verdicts, describe, subtracted

PAGE = ROOT / "docs" / "performance.md"
DATA = ROOT / "docs" / "performance.json"
PICTURE = ROOT / "docs" / "diagrams" / "performance.svg"

BEGIN = "<!-- The figures: made by `python -m tests.benchmarks.page`. -->"
END = "<!-- The end of the figures. -->"


def section(measured: Measured) -> str:
    """Write what is shown of one Python."""
    return "\n\n".join(
        [
            f"### CPython {measured.version}",
            tables.markdown(tables.costs(measured)),
            subtracted(measured),
            tables.markdown(tables.instructions(measured)),
        ]
    )


def figures(data: Data) -> str:
    """Write all tables."""
    first = data.pythons[0]
    parts = [
        f"{describe(data, first).partition(', ')[2]}.",
        "### Targets",
        tables.markdown(tables.targets(data)),
        count_verdicts(data),
        *(section(measured) for measured in picture.shown(data)),
        "### Other figures",
        tables.markdown(tables.others(data)),
        "### Runs of several sizes",
        tables.markdown(tables.sizes(data)),
    ]
    return "\n\n".join(parts)


def fill(page: str, data: Data) -> str:
    """Return the page with the figures in their place."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n\n{figures(data)}\n\n{END}", page)


def make() -> dict[Path, str]:
    """Return the page and the picture as they should be."""
    data = read(DATA)
    return {PAGE: fill(PAGE.read_text(encoding="utf-8"), data), PICTURE: picture.draw(data)}


def main() -> None:
    """Write both."""
    for path, content in make().items():
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
