"""What has come of a suite that hung, and the tables that are made of it."""

import re
from dataclasses import dataclass, fields

from .kinds import Kind, Phase

# What a run should keep, whatever a test does, in the words of the tables.
KEPT = {
    "ended": "the process ends",
    "reported": "the test that hung is reported as failed",
    "next": "the next test runs",
    "cleanups": "cleanups run",
    "results": "finished results are reported",
    "line": "the report names the line that hung",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has kept.

    Attributes:
        ended: Whether the process ended in time.
        reported: Whether the test that hung was reported as a failure or an error.
        next: Whether the test after it ran, or that of the next class if the set-up of a class hung.
        cleanups: Whether the cleanup of the test or class that hung ran.
        results: Whether a summary of the run was written.
        line: Whether a line that hung is named, with its file and number.
    """

    ended: bool
    reported: bool
    next: bool
    cleanups: bool
    results: bool
    line: bool

    @property
    def lost(self) -> list[str]:
        """The names of what was not kept."""
        return [each.name for each in fields(self) if not getattr(self, each.name)]


def worst(outcomes: list[Outcome]) -> Outcome:
    """Return what was kept in every one of some runs: how a race ends differs from run to run."""
    return Outcome(*(all(getattr(each, field.name) for each in outcomes) for field in fields(Outcome)))


@dataclass(frozen=True, slots=True)
class Trace:
    """What a process has left: its notes, what it printed, and its exit status, or None if it had to be killed."""

    status: int | None
    notes: frozenset[str]
    output: str


REPORTED = re.compile(
    r"^(?:FAIL|ERROR): (?:test_2_hangs|setUpClass|tearDownClass)|^(?:FAILED|ERROR|SUBFAILED\S*) \S+::test_\d_|"
    r"^aiounit: \S*test_2_hangs hangs",
    re.MULTILINE,
)
SUMMARY = re.compile(
    r"^Ran \d+ tests? in |^=+ .*\b(?:passed|failed|errors?)\b.* in .*=+$|^Finished before: ", re.MULTILINE
)


def judge(kind: Kind, trace: Trace, file: str, lines: list[int]) -> Outcome:
    """Say what a run has kept.

    Args:
        kind: How it hung.
        trace: What it has left.
        file: The name of the file with the lines that hang.
        lines: Their numbers.
    """
    of_class = kind.phase in {Phase.CLASS, Phase.ASYNC_CLASS}
    named = {int(number) for number in re.findall(rf"{re.escape(file)}(?:\", line |, line |:)(\d+)", trace.output)}
    return Outcome(
        ended=trace.status is not None,
        reported=REPORTED.search(trace.output) is not None,
        next=("next class" if of_class else "next") in trace.notes,
        cleanups=("class cleanup" if of_class else "cleanup of test_2_hangs") in trace.notes,
        results=SUMMARY.search(trace.output) is not None,
        line=not named.isdisjoint(lines),
    )


def describe(outcome: Outcome) -> str:
    """Say in a cell of the table what a run has lost."""
    lost = outcome.lost
    if not lost:
        return "nothing"
    if len(lost) == len(KEPT):
        return "**everything**"
    return ", ".join(f"**{name}**" if name == "ended" else name for name in lost)


def table_of_kinds(kinds: list[Kind], outcomes: dict[str, list[Outcome]]) -> str:
    """Write a Markdown table with a row for each kind and a column for each peer: what was lost."""
    rows = [["how it hangs", *outcomes], ["---"] * (1 + len(outcomes))]
    for number, kind in enumerate(kinds):
        rows.append([kind.title, *(describe(of_peer[number]) for of_peer in outcomes.values())])
    return _markdown(rows)


def table_of_sums(outcomes: dict[str, list[Outcome]]) -> str:
    """Write a Markdown table with a row for each thing to keep: in how many runs each peer has kept it."""
    rows = [["in how many runs", *outcomes], ["---", *["---:"] * len(outcomes)]]
    for name, title in KEPT.items():
        counts = [sum(getattr(each, name) for each in of_peer) for of_peer in outcomes.values()]
        rows.append([f"{title} (*{name}*)", *map(str, counts)])
    rows.append(["all of it", *(str(sum(not each.lost for each in of_peer)) for of_peer in outcomes.values())])
    return _markdown(rows)


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
