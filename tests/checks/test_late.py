"""Findings that come too late."""

from aiounit import Finding
from aiounit.checks import late
from aiounit.checks.policy import Policy
from tests.checks.support import QuietTestCase


class LateTests(QuietTestCase):
    def test_what_has_come_is_taken_once(self) -> None:
        finding = Finding("what")
        late.note("test_x", Policy({}, ()), "tasks", lambda: finding)
        [each] = late.take()
        self.assertEqual((each.name, each.check, each.describe()), ("test_x", "tasks", finding))
        self.assertEqual(late.take(), [])
