"""Assertions about exception groups, background errors, warnings and logs."""
