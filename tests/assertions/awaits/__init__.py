"""Tests of the assertions about awaits."""
