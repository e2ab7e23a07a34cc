"""Tests of what outlives a test: shared loops, fixtures, the end of a run."""
