"""Says what is installed for the Python that runs it, as JSON: ``python -m tests.benchmarks.probe``."""

import importlib.metadata
import json
import platform

import aiounit

PEERS = ("pytest", "pytest-asyncio", "anyio", "uvloop")


def versions() -> dict[str, str]:
    """Find the versions of those peers that are installed."""
    found: dict[str, str] = {}
    for name in PEERS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    # Named so that an aiounit that can't be used fails here, before anything is measured.
    print(
        json.dumps({"python": platform.python_version(), "peers": versions(), "base": aiounit.AsyncTestCase.__name__})
    )
