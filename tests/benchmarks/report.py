"""Prints the results: one table per Python, as plain text or as Markdown."""

from .results import OURS, PYTEST, PYTEST_PEERS, UNITTEST, Cell, ImportTime, Sample, baseline_cost, cell
from .scenarios import SCENARIOS

NO_FIGURE = "-"


def show(figure: Cell | None) -> str:
    """Write microseconds, and how many times aiounit's cost they are."""
    if figure is None:
        return NO_FIGURE
    return f"{figure.cost:.0f}" if figure.ratio is None else f"{figure.cost:.0f} ({figure.ratio:.1f}x)"


def table(samples: list[Sample]) -> list[list[str]]:
    """Lay out the figures: a head line, then a line for each row, aiounit's first and pytest's last."""
    titles = [scenario.title for scenario in SCENARIOS]
    rows = [row for row in samples[0] if row not in {UNITTEST, PYTEST}]
    rows.sort(key=lambda row: (row in PYTEST_PEERS, not row.startswith(OURS)))
    body = [[row, *(show(cell(samples, row, title)) for title in titles)] for row in rows]
    return [["microseconds", *titles], *body]


def plain_text(lines: list[list[str]]) -> str:
    """Align the columns, the first to the left and the figures to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) if not index else text.rjust(width) for index, (text, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    )


def markdown(lines: list[list[str]]) -> str:
    """Write a Markdown table with the figures to the right."""
    rule = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def baselines(samples: list[Sample]) -> str:
    """Say what was subtracted."""
    shown = [(row, baseline_cost(samples, row)) for row in (UNITTEST, PYTEST) if row in samples[0]]
    figures = ", ".join(f"{microseconds:.0f} under {row}" for row, microseconds in shown)
    return f"Subtracted, an empty synchronous test: {figures}."


def imports(figures: ImportTime) -> str:
    """Say what importing aiounit adds."""
    return (
        f"Import: unittest and asyncio take {figures.standard_library:.1f} ms of processor time, "
        f"aiounit adds {figures.aiounit:.1f} ms ({figures.share:.0%})."
    )
