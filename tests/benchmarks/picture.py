"""Draws the cost of a test as bars: a column for each Python, a line for each scenario and tool."""

from dataclasses import dataclass

from . import rows, targets
from .data import Data, Measured
from .groups.scenarios import EmptyTest, HooksAndCleanups, TenTasks

SCENARIOS = (EmptyTest.title, TenTasks.title, HooksAndCleanups.title)
ROWS = (rows.STDLIB, rows.STDLIB_WITHOUT_DEBUG, rows.PYTEST_ASYNCIO, rows.ANYIO, rows.OURS)
# The versions that are drawn, of those that were measured.
VERSIONS = ("3.11", "3.13", "3.15")

MARGIN = 12
LABELS = 116
COLUMN = 200
LONGEST = 148
HEAD = 34
BAR = 14
LINE = 19
GAP = 30
FOOT = 26

STYLE = """
    svg { --paper: #ffffff; --ink: #1f2328; --quiet: #59636e; --peer: #b6bfca; --ours: #2f6fde; --limit: #c4432b; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #131416; --ink: #e2e5e9; --quiet: #a3abb5; --peer: #4d5661; --ours: #5b93f5; --limit: #ff8166; }
    }
    text { font: 13px system-ui, sans-serif; fill: var(--ink); }
    .quiet { font-size: 12px; fill: var(--quiet); }
    .head { font-weight: 600; }
    .paper { fill: var(--paper); }
    .peer { fill: var(--peer); }
    .ours { fill: var(--ours); }
    .limit { stroke: var(--limit); stroke-width: 2; }
  """


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its tool, the microseconds of a test, and the most that they may be, if there is a target."""

    row: str
    value: float
    limit: float | None = None


def bars(measured: Measured, scenario: str) -> list[Bar]:
    """Return the bars of a scenario; those of what wasn't measured are left out."""
    found = []
    for row in ROWS:
        try:
            value = targets.whole_test(measured, scenario, row)
        except LookupError:
            continue
        found.append(Bar(row, value, targets.limit_of_test(measured, scenario) if row == rows.OURS else None))
    return found


def shown(data: Data) -> list[Measured]:
    """Return what is drawn: some versions, or the last ones that were measured if none of these was."""
    return [each for each in data.pythons if each.short_version in VERSIONS] or data.pythons[-len(VERSIONS) :]


def draw(data: Data) -> str:
    """Return the picture as SVG."""
    pythons = shown(data)
    panels = {(each.version, title): bars(each, title) for each in pythons for title in SCENARIOS}
    longest = max((bar.value for panel in panels.values() for bar in panel), default=1)
    width = MARGIN + LABELS + COLUMN * len(pythons) + MARGIN
    top = HEAD
    lines = [
        text(MARGIN + LABELS + COLUMN * at, 22, f"Python {each.short_version}", "head")
        for at, each in enumerate(pythons)
    ]
    for title in SCENARIOS:
        lines.append(text(MARGIN, top + 14, title, "head"))
        top += LINE
        for number, row in enumerate(ROWS):
            lines.append(text(MARGIN, top + number * LINE + 12, row, "quiet"))
        for at, each in enumerate(pythons):
            for bar in panels[each.version, title]:
                lines += draw_bar(bar, MARGIN + LABELS + COLUMN * at, top + ROWS.index(bar.row) * LINE, longest)
        top += LINE * len(ROWS) + GAP - LINE
    lines.append(f'<path class="limit" d="M{MARGIN + LABELS} {top + 2} v{BAR + 2}" />')
    lines.append(text(MARGIN + LABELS + 8, top + 14, "the limit of aiounit", "quiet"))
    lines.append(text(MARGIN, top + 14, "microseconds", "quiet"))
    return frame(width, top + FOOT, lines)


def frame(width: int, height: int, lines: list[str]) -> str:
    """Put lines into an SVG."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    body = "\n  ".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n'
        f"  <title>Processor time of a test, in microseconds, under several tools</title>\n"
        f"  <style>{STYLE}</style>\n"
        f'  <rect class="paper" width="{width}" height="{height}" rx="8" />\n'
        f"  {body}\n</svg>\n"
    )


def draw_bar(bar: Bar, left: int, top: int, longest: float) -> list[str]:
    """Draw a bar with its number behind it, and its limit across it."""
    kind = "ours" if bar.row == rows.OURS else "peer"
    length = bar.value / longest * LONGEST
    lines = [f'<rect class="{kind}" x="{left}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2" />']
    end = length
    if bar.limit is not None:
        limit = bar.limit / longest * LONGEST
        lines.append(f'<path class="limit" d="M{left + limit:.1f} {top - 1} v{BAR + 2}" />')
        end = max(length, limit)
    return [*lines, text(left + end + 5, top + 12, f"{bar.value:,.0f}", "quiet")]


def text(x: float, y: float, words: str, kind: str) -> str:
    """Write words."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{words}</text>'
