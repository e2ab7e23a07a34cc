"""The findings of a run that outlive their tests."""

import unittest
from typing import Any

from aiounit.checks import Finding
from aiounit.checks.ledger import Late, Ledger
from aiounit.checks.policy import Policy

LATE = Late("test_x", Policy({}, ()), "tasks", lambda: Finding("what"))


class LedgerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.ledger = Ledger()

    def test_a_latecomer_is_taken_once(self) -> None:
        self.ledger.note_late(LATE)
        self.assertEqual(self.ledger.take_late(), [LATE])
        self.assertEqual(self.ledger.take_late(), [])

    def test_a_summary_is_taken_once(self) -> None:
        self.ledger.summary = "summary"
        self.assertEqual([self.ledger.take_summary(), self.ledger.take_summary()], ["summary", ""])

    def test_two_ledgers_have_nothing_in_common(self) -> None:
        self.ledger.note_late(LATE)
        self.assertEqual(Ledger().take_late(), [])

    def test_an_heir_gets_all_that_is_not_reported_and_all_that_comes(self) -> None:
        allowance: Any = "allowance"
        heir = Ledger()
        for ledger in (self.ledger, heir):
            ledger.note_late(LATE)
            ledger.warned["tasks", "here"] = 2
            ledger.tried[allowance] = {(type(ledger), repr(ledger))}
        self.ledger.bequeath(heir)
        self.ledger.note_late(LATE)
        self.assertEqual((self.ledger.take_late(), heir.take_late()), ([], [LATE, LATE, LATE]))
        self.assertEqual((heir.warned["tasks", "here"], len(heir.tried[allowance])), (4, 2))
