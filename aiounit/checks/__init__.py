"""Checks for leftovers of a test and for mistakes that it does not see: one small class for each, all of one shape.

For authors of checks: a class derived from `Check` looks at each test, and `register_check` adds it to the others.
"""

from aiounit.checks.api import Check, CheckContext
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftovers
from aiounit.checks.registry import register_check
from aiounit.levels import Level

__all__ = ["Check", "CheckContext", "Finding", "Leftovers", "Level", "register_check"]
