"""Tests of the assertions about exceptions, warnings and logs."""
