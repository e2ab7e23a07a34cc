"""Tests of timeouts: budgets, alarms, the watchdog and the sentinel."""
