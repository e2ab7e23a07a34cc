"""Tests of the assertions."""
