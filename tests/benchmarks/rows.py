"""The names of the rows: base classes, plugins and settings that are measured side by side."""

# Above their own cost the others are shown: an empty synchronous test in the runner.
UNITTEST = "plain unittest"
PYTEST = "plain pytest"

STDLIB = "stdlib"
STDLIB_WITHOUT_DEBUG = "stdlib, debug off"
PYTEST_ASYNCIO = "pytest-asyncio"
ANYIO = "anyio"
OURS = "aiounit"
WITHOUT_LIMITS = "aiounit, no limits"
WITHOUT_CHECKS = "aiounit, checks off"
SHARED_LOOP = "aiounit, shared loop"
UVLOOP = "aiounit, uvloop"
SHARED_UVLOOP = "aiounit, shared uvloop"

PYTEST_PEERS = (PYTEST_ASYNCIO, ANYIO)
STDLIB_PEERS = (STDLIB, STDLIB_WITHOUT_DEBUG)


def baseline_of(row: str) -> str:
    """Return the row whose cost is a row's runner's own."""
    return PYTEST if row in PYTEST_PEERS else UNITTEST
