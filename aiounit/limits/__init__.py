"""Timeouts that always return control: what a timeout is, who watches it, and how running code is interrupted.

Imports `introspect` and what is below it. It knows nothing of test cases, results or checks.
"""
