"""The recipe for Django holds on PostgreSQL too: docs/recipes/django.md is run with its database."""

import importlib.util
import tempfile
import unittest
from pathlib import Path

from tests.documents import FILE, own_blocks, run_python
from tests.thirdparty import servers

SQLITE = 'DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}'
POSTGRES = (
    'DATABASE = {{"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "tester", '
    '"HOST": "127.0.0.1", "PORT": {port}}}'
)
IS_THERE = importlib.util.find_spec("django") and importlib.util.find_spec("psycopg")


@unittest.skipUnless(IS_THERE, "Django or psycopg is not installed")
@unittest.skipUnless(servers.has("initdb", "postgres"), "PostgreSQL is not installed")
class RecipeTests(unittest.TestCase):
    def test_what_tests_write_is_rolled_back_on_postgres(self) -> None:
        (block,) = [block for block in own_blocks() if block.page == "docs/recipes/django.md"]
        self.assertIn(SQLITE, block.text)
        port = self.enterContext(servers.postgres())
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (directory / FILE).write_text(block.text.replace(SQLITE, POSTGRES.format(port=port)), encoding="utf-8")
        finished = run_python(
            "-W", "error", "-m", "unittest", "-v", cwd=directory, variables={"AIOUNIT_CHECKS": "blocking=off"}
        )
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertRegex(finished.stderr, r"Ran 3 tests in .*\n\nOK\n")
