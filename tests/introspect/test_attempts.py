"""A question to an odd object has a default answer."""

import unittest

from aiounit.introspect.attempts import attempt


class AttemptTests(unittest.TestCase):
    def test_the_answer(self) -> None:
        self.assertEqual(attempt(0, int, "1"), 1)

    def test_the_default_where_it_raises(self) -> None:
        self.assertEqual(attempt(0, int, "one"), 0)
