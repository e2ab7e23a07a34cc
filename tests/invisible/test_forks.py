"""A test that forks sees what it sees on unittest's class: the same outcome and the same warnings, none of ours."""

import os
import re
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Final

from tests.documents import run_python
from tests.thirdparty.comparison import OURS, STDLIB

# A process that waits for its child blocks the loop, which is not the point.
CHECKS: Final = {"AIOUNIT_CHECKS": "blocking=off"}

SUITE: Final = """
    import asyncio
    import multiprocessing
    import os
    import unittest
    from importlib import import_module

    module, name = os.environ["BASE"].split(":")


    def use_a_loop():
        asyncio.run(asyncio.sleep(0))


    class ForkTest(getattr(import_module(module), name)):
        def check_fork(self):
            if (child := os.fork()) == 0:
                os._exit(3)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 3)

        def check_process(self):
            process = multiprocessing.get_context("fork").Process(target=use_a_loop)
            process.start()
            process.join()
            self.assertEqual(process.exitcode, 0)

        def test_1_synchronous_fork(self):
            self.check_fork()

        async def test_2_fork(self):
            await asyncio.sleep(0.02)
            self.check_fork()

        def test_3_synchronous_process(self):
            self.check_process()

        async def test_4_process(self):
            await asyncio.sleep(0.02)
            self.check_process()

        async def test_5_a_thread_of_the_test(self):
            await asyncio.to_thread(int)
            self.check_fork()
"""


@unittest.skipUnless(hasattr(os, "fork"), "there is no fork on this system")
class ForkTests(unittest.TestCase):
    def reported(self, base: str) -> list[str]:
        """Return the outcomes and the warnings, in their order."""
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "test_forks.py").write_text(textwrap.dedent(SUITE), encoding="utf-8")
            variables = {**CHECKS, "BASE": base}
            finished = run_python("-W", "error", "-m", "unittest", "-v", cwd=Path(directory), variables=variables)
        text = re.sub(r"pid=\d+", "pid", finished.stderr)
        lines = [line for line in text.splitlines() if re.match(r"test_|\w*Warning: |Ran 5 |OK|FAILED", line)]
        return [re.sub(r" \(test_forks.*\)| in [\d.]+s", "", line) for line in lines]

    def test_outcomes_and_warnings_are_those_of_the_standard_library(self) -> None:
        reported = self.reported(OURS)
        self.assertEqual(reported, self.reported(STDLIB))
        self.assertEqual([line for line in reported if line.startswith("test_4")], ["test_4_process ... ok"])
        self.assertIn("Ran 5 tests", reported)
