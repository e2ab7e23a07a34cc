"""Whatever a test does, control returns: each way to hang runs under ``python -m unittest`` in a process of its own.

The cases are in ``tests/hangs``. What they note, what unittest reports, where the report says that the test stood, the
exit status, and what is left behind at the end are compared as a whole. A process that does not end is a hang.
"""

import concurrent.futures
import functools
import importlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.hangs.support import CASES, HANGS, SCALE, Expected, Place, Variant, places

ROOT = Path(__file__).parent.parent

# How long a process may take, in seconds: many times what it does take, so that only a hang reaches it.
LIMIT = 60

# Most processes wait most of the time.
AT_ONCE = 4

for module in sorted((ROOT / "tests" / "hangs").glob("[a-z]*.py")):
    importlib.import_module(f"tests.hangs.{module.stem}")

STOOD, BLOCKED = "", ": the event loop was blocked"
HEADLINE = re.compile(
    r"^[\w.]*TimeoutFailure: (?P<phase>.+?) timed out after (?P<seconds>\S+) s \((?P<origin>.*?)\)"
    rf"(?P<verb>{BLOCKED}|{STOOD}) "
    r"(?:at (?P<file>.+?), line (?P<line>\d+), in (?P<function>\S+): (?P<source>.*)|(?P<elsewhere>.*))$",
    re.MULTILINE,
)
LATER = re.compile(
    r"^\S+ s after it was cancelled, it was "
    r"at (?P<file>.+?), line (?P<line>\d+), in (?P<function>\S+): (?P<source>.*)$",
    re.MULTILINE,
)
# A finding is raised alone or in a group, and points at a line.
PROBLEM = re.compile(
    r"^=+\n((?:FAIL|ERROR): .*)\n-+\n"
    r"(?!(?:Traceback .*\n(?:  .*\n)+)?aiounit\.exceptions\.FindingError|(?:  [+|] .*\n)*.*FindingsError)",
    re.MULTILINE,
)
FINDING = re.compile(r"^(?: *[|] )?aiounit\.exceptions\.FindingError: (\w+):", re.MULTILINE)
UNSEEN_ON_UVLOOP = {"asyncgens"}
NOISE = re.compile(
    r"^.*(?:never awaited|never retrieved|was destroyed|Exception ignored|Fatal Python).*$", re.MULTILINE
)
PROMPT = re.compile(r"^(?:\(Pdb\) ?)+", re.MULTILINE)
ADDRESS = re.compile(r" at 0x[0-9a-f]+|^Exception ignored .*(?=<function)|:$")
LEFT_BEHIND = "left behind: "
STUCK = "where it is stuck"
KILLED = "Fatal Python error: Aborted"


def clean_environment() -> dict[str, str]:
    """Return the environment without settings, and without coverage: it traces, and many processes are killed."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AIOUNIT_", "COVERAGE_"))}


@dataclass(frozen=True, slots=True)
class Run:
    """A case in one of its variants."""

    kind: type[unittest.TestCase]
    expected: Expected
    variant: Variant

    @property
    def class_name(self) -> str:
        return f"{self.kind.__module__}.{self.kind.__qualname__}"

    @property
    def test_name(self) -> str:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.kind.__name__).lower()
        return f"test_{self.kind.__module__.rpartition('.')[2]}_{words}_{self.variant.name}"

    def fill(self, text: str) -> str:
        """Put the names of the class and its module where the table has braces."""
        return text.format(self.class_name, module=self.kind.__module__, short=self.kind.__qualname__)

    def start(self) -> "Finished":
        """Run the process to its end, and kill it with all its children if it does not end."""
        program = "tests.hangs.in_thread" if self.variant.in_thread else "unittest"
        command = [sys.executable, "-m", program, *self.expected.options, self.class_name, *self.expected.then]
        settings = {"AIOUNIT_TIMEOUT_SCALE": str(SCALE), "HANGS_ON_SHARED_LOOP": str(int(self.variant.shared_loop))}
        if self.variant.uvloop:
            settings["AIOUNIT_LOOP_FACTORY"] = "uvloop:new_event_loop"
        environment = clean_environment()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, **settings, **self.expected.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        hung = False
        with process:
            try:
                output, errors = process.communicate(self.expected.input, timeout=LIMIT)
            except subprocess.TimeoutExpired:
                hung = True
                os.killpg(process.pid, signal.SIGKILL)
                output, errors = process.communicate()
        return Finished(None if hung else process.returncode, output, errors)


@dataclass(frozen=True, slots=True)
class Finished:
    """What has come of a process; its status is None if it had to be killed."""

    status: int | None
    output: str
    errors: str

    def observed(self, run: Run) -> dict[str, object]:
        """Return what is compared."""
        notes, _, left = self.output.partition(LEFT_BEHIND)
        source = sys.modules[run.kind.__module__] if run.expected.in_module else run.kind
        lines, stuck = places(source, "hangs"), places(source, "stuck")
        return {
            "status": self.status,
            "notes": [line for line in PROMPT.sub("", notes).splitlines() if not line.startswith(("> ", "-> "))],
            "problems": PROBLEM.findall(self.errors),
            "findings": sorted(FINDING.findall(self.errors)),
            "reports": [described(match, lines) for match in HEADLINE.finditer(self.errors)],
            "stuck": sorted({place_of(match, stuck, STUCK) for match in LATER.finditer(self.errors)}),
            "says": [text for text in map(run.fill, run.expected.says) if text in self.errors],
            "noise": [ADDRESS.sub("", line) for line in NOISE.findall(self.errors)],
            "left behind": json.loads(left) if left else None,
        }


def place_of(match: re.Match[str], places: list[Place], name: str) -> str:
    """Return where something stood: a name if it is one of some places, else its file and function."""
    function = match["function"].rpartition(".")[2]
    place = Place(Path(match["file"]).name, int(match["line"]), function, match["source"])
    return name if place in places else f"{place.file} in {place.function}"


def described(match: re.Match[str], places: list[Place]) -> tuple[str, str, str, str]:
    """Return the phase, the budget, the verb and the place, each in short."""
    phase = re.sub(r" \(\S+, line \d+\)$", "", match["phase"])
    where = match["elsewhere"] or place_of(match, places, HANGS)
    return phase, match["seconds"], match["verb"], where


def expected(run: Run) -> dict[str, object]:
    """Return what `Finished.observed` has to return."""
    wanted = run.expected
    phase = None if wanted.phase is None else run.fill(wanted.phase)
    return {
        "status": -signal.SIGABRT if wanted.killed else int(bool(wanted.problems)),
        "notes": list(wanted.events),
        "problems": [run.fill(problem) for problem in wanted.problems],
        "findings": sorted(set(wanted.findings) - (UNSEEN_ON_UVLOOP if run.variant.uvloop else set())),
        "reports": [] if phase is None else [(phase, f"{SCALE:g}", BLOCKED if wanted.blocked else STOOD, wanted.place)],
        "stuck": [STUCK] if places(run.kind, "stuck") else [],
        "says": [run.fill(text) for text in wanted.says],
        "noise": [*wanted.noise, *([KILLED] if wanted.killed else [])],
        "left behind": None if wanted.killed else {**nothing_but(wanted.threads), **wanted.left},
    }


def nothing_but(threads: tuple[str, ...]) -> dict[str, object]:
    """Return the state of a process that has left nothing behind but these threads."""
    return {
        "threads": list(threads),
        "traced": ["None", "None"],
        "running loop": "None",
        "SIGINT": True,
        "children": [],
        "SIGALRM": str(signal.SIG_DFL),
        "timer": [0.0, 0.0],
    }


RUNS = [
    Run(kind, expectation, variant)
    for kind, expectation in CASES.items()
    if sys.version_info >= expectation.since
    for variant in expectation.variants
    if not variant.uvloop or importlib.util.find_spec("uvloop")
]


@functools.cache
def start_all() -> tuple[concurrent.futures.Executor, dict[str, "concurrent.futures.Future[Finished]"]]:
    """Start all processes, a few at a time, in the order in which their tests wait for them."""
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    return pool, {run.test_name: pool.submit(run.start) for run in sorted(RUNS, key=lambda run: run.test_name)}


def tearDownModule() -> None:
    pool, _ = start_all()
    pool.shutdown(cancel_futures=True)
    start_all.cache_clear()


@unittest.skipUnless(hasattr(signal, "setitimer"), "what blocks can be interrupted only where there are signals")
class HangTests(unittest.TestCase):
    """Each case in each of its variants; the methods are added below."""

    maxDiff = None

    def compare(self, run: Run) -> None:
        _, futures = start_all()
        future = futures[run.test_name]
        # One whose turn has not come is run here: where only some are selected, they do not wait for all others.
        finished = run.start() if future.cancel() else future.result()
        self.assertEqual(finished.observed(run), expected(run), f"\n{finished.output}\n{finished.errors}")


def make_test(run: Run) -> Callable[[HangTests], None]:
    """Make the test method of a run."""

    def test(self: HangTests) -> None:
        self.compare(run)

    return test


for each in RUNS:
    setattr(HangTests, each.test_name, make_test(each))


class RaceTests(unittest.TestCase):
    """Tests that end just when their time is over."""

    maxDiff = None

    def check(self, kinds: tuple[str, ...], thread: str) -> None:
        """Run each kind in a process of its own."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for kind, finished in zip(kinds, pool.map(lambda kind: self.run_races(kind, thread), kinds), strict=True):
                with self.subTest(kind=kind):
                    self.assertEqual(finished.stdout, "100 tests, 0 odd failures\n", finished.stderr)
                    self.assertEqual(finished.returncode, 0)

    def run_races(self, kind: str, thread: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tests.hangs.races", kind, thread],
            cwd=ROOT,
            env={**clean_environment(), "AIOUNIT_TIMEOUT_SCALE": "0.1"},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def test_in_the_main_thread(self) -> None:
        self.check(("sleep", "turn", "block", "spin", "swallow", "spin_without_a_loop"), "main")

    def test_in_another_thread(self) -> None:
        self.check(("sleep", "turn", "spin", "spin_without_a_loop"), "thread")
