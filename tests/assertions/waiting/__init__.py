"""Tests of the assertions that wait."""
