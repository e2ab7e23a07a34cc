"""Real servers for tests: each starts on a free port, in a directory of its own, and ends with its block."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def has(*programs: str) -> bool:
    """Tell whether some programs are installed."""
    return all(map(_program, programs))


def _program(name: str) -> str | None:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _is_ready(data: Path) -> bool:
    """Tell whether PostgreSQL serves: it accepts connections earlier, and refuses them while it starts up."""
    with contextlib.suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text(encoding="utf-8").endswith("ready   \n")  # as `pg_ctl start` asks
    return False


def _wait_for(is_ready: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + 60
    while not is_ready():
        if time.monotonic() > deadline or process.poll() is not None:
            raise AssertionError(f"{process.args!r} has not started: its exit status is {process.poll()}")
        time.sleep(0.01)


@contextlib.contextmanager
def _started(command: list[str], is_ready: Callable[[], bool], **user: Any) -> Iterator[None]:
    null = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=null, stdout=null, stderr=null, **user) as process:
        try:
            _wait_for(is_ready, process)
            yield
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def redis() -> Iterator[int]:
    """Start Redis and return its port."""
    with tempfile.TemporaryDirectory() as directory:
        port = _free_port()
        command = [str(_program("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with _started([*command, "--dir", directory], lambda: _accepts(port)):
            yield port


@contextlib.contextmanager
def postgres() -> Iterator[int]:
    """Start PostgreSQL, which refuses to run as root, and return its port; its user is ``tester``."""
    user: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory:
        if os.getuid() == 0:
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            entry = names.get("postgres") or names["nobody"]
            user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": directory}
            os.chown(directory, entry.pw_uid, entry.pw_gid)
        data, port = f"{directory}/data", _free_port()
        prepare = [str(_program("initdb")), "-D", data, "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(prepare, check=True, capture_output=True, **user)
        command = [str(_program("postgres")), "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", directory, "-F"]
        with _started(command, lambda: _is_ready(Path(data)), **user):
            yield port
