"""End the process of the tests from outside, as a last resort, if it gives no sign of life.

No code inside a process can end a test that holds the GIL. The sentinel is a second process: it prints the finished
tests and the test that hangs, and makes the process print the stack of each thread and end. It is this file, run as a
program, from the first test to the end of the process that it watches.
"""

import collections
from typing import Final

if __name__ == "__main__":  # the program cannot import aiounit, and no test patches it
    import contextlib
    import faulthandler
    import math
    import mmap
    import os
    import select
    import signal
    import struct
    import sys
    import time
else:
    from aiounit._real import contextlib, faulthandler, math, mmap, os, select, signal, struct, sys, time

__all__ = ["Slot", "note", "note_defect", "note_passed", "start", "watch"]

# The page holds a slot for each thread that runs tests: the deadline of its next sign of life, and the test.
_SLOTS: Final = 16
_SIZE: Final = 256
_NUMBER: Final = 8
# After the slots, it holds the number of passed tests, and for how many seconds a deadline may be missed.
_PASSED: Final = _SLOTS * _SIZE // _NUMBER
_SECONDS: Final = _PASSED + 1
_PAGE: Final = (_SLOTS + 1) * _SIZE
# How often, in seconds, the sentinel checks; how long it waits for the process to end before it kills it.
_PERIOD: Final = 0.2
_PATIENCE: Final = 5.0
# How many times in a row it has to find a deadline missed.
_LOOKS: Final = 5
# Since 3.14 the C stack is printed by default, and it says nothing about a test.
_NO_C_STACK: Final[dict[str, bool]] = {"c_stack": False} if sys.version_info >= (3, 14) else {}
# The outcome of a record that says that aiounit itself hangs.
_DEFECT: Final = "defect"
# The separators of the records of the journal, and of the fields of a record.
_RECORD: Final = "\x1e"
_UNIT: Final = "\x1f"
# The environment of this process, even if a test replaces it.
_environment: Final = os.environ


class _Page:
    """The memory that the process shares with its sentinel; private memory without a sentinel."""

    def __init__(self) -> None:
        self.pid = 0
        self.journal = self.writer = -1
        self.show(memoryview(bytearray(_PAGE)))
        self.free = list(range(_SLOTS))

    def show(self, memory: memoryview) -> None:
        self.memory = memory
        self.numbers = memory.cast("d")
        for index in range(_SLOTS):
            self.numbers[index * _SIZE // _NUMBER] = math.inf


_page: Final = _Page()


class Slot:
    """The slot of one thread on the page; without effect if all slots are used."""

    def __init__(self) -> None:
        self._index = _page.free.pop() if _page.free else None
        first = 0 if self._index is None else self._index * _SIZE
        self._number = first // _NUMBER
        self._name = slice(first + _NUMBER, first + _SIZE)

    def __del__(self) -> None:
        """Leave the slot to another thread."""
        self.expect(math.inf)
        self.name("")
        if self._index is not None:
            _page.free.append(self._index)

    def expect(self, moment: float) -> None:
        """Set the deadline of the next sign of life, on `time.monotonic`; infinity for no deadline."""
        if self._index is not None:
            _page.numbers[self._number] = moment

    def name(self, name: str) -> None:
        """Set the name of the running test."""
        if self._index is not None:
            _page.memory[self._name] = name.encode()[: _SIZE - _NUMBER].ljust(_SIZE - _NUMBER, b"\0")


def start(seconds: float = 5.0) -> None:
    """Start the sentinel if this process has none, and the system allows one.

    Args:
        seconds: How long a deadline may be missed, for the report.
    """
    if _page.pid != os.getpid():
        _page.pid = os.getpid()
        _start()
    _page.numbers[_SECONDS] = seconds


def note_passed() -> None:
    """Count a passed test, for the sentinel."""
    _page.numbers[_PASSED] += 1


def note(outcome: str, name: str, details: str = "") -> None:
    """Record a test that has not passed, for the sentinel.

    Args:
        outcome: The outcome of the test.
        name: The name of the test.
        details: The text of its errors, if it has any.
    """
    if _page.journal >= 0:
        text = _UNIT.join((outcome, name, details)) + _RECORD
        os.write(_page.journal, text.encode(errors="replace"))


def note_defect(place: str) -> None:
    """Record that it is aiounit's own code that hangs.

    Args:
        place: The source line.
    """
    note(_DEFECT, place)


def _start() -> None:
    if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False):
        return
    with contextlib.ExitStack() as opened:
        try:
            page, journal = (_open(opened, _make_file()) for _ in range(2))
            os.truncate(page, _PAGE)
            _page.show(memoryview(mmap.mmap(page, _PAGE)))  # before the sentinel reads it
            reader, writer = (_open(opened, number) for number in os.pipe())  # closed with this process
            numbers = (reader, page, journal)
            program = [sys.executable, "-I", "-S", __file__, str(os.getpid()), *map(str, numbers)]
            # A shell that ends at once starts it: so it is not a child of this process, which tests may wait for.
            command = ["/bin/sh", "-c", '"$@" &', "sh", *program]
            _run(command, numbers)
        except (OSError, NotImplementedError) as error:
            effect = "A test that holds the GIL for ever will hang the run"
            print(f"aiounit: the sentinel can't start: {error}. {effect}", file=sys.stderr)
            _page.show(memoryview(bytearray(_PAGE)))
            return
        opened.pop_all()
    os.close(reader)
    os.close(page)
    _page.journal, _page.writer = journal, writer
    if not faulthandler.is_enabled():
        faulthandler.enable(2, **_NO_C_STACK)


def _run(command: list[str], numbers: tuple[int, ...]) -> None:
    """Run a program that ends at once, and pass files on to it: without subprocess, whose calls tests patch."""
    for number in numbers:
        os.set_inheritable(number, True)
    no_input = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
    try:
        pid = os.posix_spawn(command[0], command, _environment, file_actions=[no_input], setsid=True)
    finally:
        for number in numbers:
            os.set_inheritable(number, False)
    _, status = os.waitpid(pid, 0)
    if status:
        raise OSError(f"{command[0]} ended with status {status}")


def _open(opened: contextlib.ExitStack, number: int) -> int:
    opened.callback(os.close, number)
    return number


def _make_file() -> int:
    """Make a file without a name: the system removes it when its last user ends."""
    path = os.path.join(_environment.get("TMPDIR") or "/tmp", f"aiounit-{os.getpid()}-{time.monotonic_ns()}")
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(path)
    return number


def _forget() -> None:
    """Detach from the page in a forked process: it belongs to the parent."""
    for number in (_page.journal, _page.writer):
        if number >= 0:
            os.close(number)
    _page.journal = _page.writer = -1
    _page.show(memoryview(bytearray(_PAGE)))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


# The program


def watch(pid: int, reader: int, page: int, journal: int) -> None:
    """Watch a process until it ends, and end it if it misses a deadline.

    Args:
        pid: The process.
        reader: The end of a pipe that is closed when the process ends.
        page: The file of its page.
        journal: The file of its records.
    """
    broken = 0
    with mmap.mmap(page, _PAGE, prot=mmap.PROT_READ) as shared:
        while not select.select([reader], [], [], _PERIOD)[0] and _is_alive(pid):
            name = _find_broken(shared)
            # A process that was stopped, by Ctrl-Z, a debugger or with its machine, needs a little longer.
            broken = 0 if name is None or _state(pid) in {b"T", b"t"} else broken + 1
            if name is not None and broken == _LOOKS:
                text = os.pread(journal, os.fstat(journal).st_size, 0).decode(errors="replace")
                passed = int(struct.unpack_from("d", shared, _PASSED * _NUMBER)[0])
                seconds = struct.unpack_from("d", shared, _SECONDS * _NUMBER)[0]
                print(_describe(name, passed, text, seconds), file=sys.stderr, flush=True)
                _end(pid)
                return


def _find_broken(shared: mmap.mmap) -> str | None:
    """Return the name of a test that has missed its deadline, or None."""
    for index in range(_SLOTS):
        slot = shared[index * _SIZE : (index + 1) * _SIZE]
        if struct.unpack_from("d", slot)[0] < time.monotonic():
            return slot[_NUMBER:].rstrip(b"\0").decode(errors="replace")
    return None


def _describe(name: str, passed: int, journal: str, seconds: float) -> str:
    """Describe the test that hangs, as far as it is known, and the tests that had finished before."""
    everything = [record.split(_UNIT) for record in journal.split(_RECORD)[:-1]]
    defects = [place for outcome, place, _text in everything if outcome == _DEFECT]
    blame = f"aiounit's own code was running, {defects[-1]}: please report this as a defect.\n" if defects else ""
    records = [record for record in everything if record[0] != _DEFECT]
    numbers = collections.Counter({"passed": passed})
    numbers.update(outcome for outcome, _test, _text in records)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in numbers.items() if number)
    details = "".join(f"\n{outcome}: {test}\n{text}" for outcome, test, text in records if text)
    return (
        f"\naiounit: {name} did not respond for {seconds:g} s after its timeout, so the process is "
        f"ended. The stacks of its threads follow.\n{blame}"
        f"Finished before: {counts or 'nothing'}.\n{details}"
    )


def _end(pid: int) -> None:
    """Make a process print the stacks of its threads and end."""
    with contextlib.suppress(ImportError, AttributeError, OSError):  # no core file, if the system can do that
        import resource  # noqa: PLC0415

        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGABRT)
        deadline = time.monotonic() + _PATIENCE
        while _is_alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_PERIOD)


def _state(pid: int) -> bytes:
    """Return the letter for the state of a process; empty on a system that does not tell (other than Linux)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 (pathlib would be all that it is imported for)
            return file.read().rpartition(b")")[2].split()[0]
    except OSError:
        return b""


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return _state(pid) != b"Z"  # it has ended, and its parent has not waited for it yet


if __name__ == "__main__":
    watch(*map(int, sys.argv[1:]))
