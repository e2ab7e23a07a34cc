"""Tests of mocks after a spec."""
