"""Small suites of which each hangs in one way: what ``tests.test_hangs`` runs in processes of their own.

The first test, or a fixture of it, hangs in the lines that are marked ``# hangs``, and those that are marked ``stuck``
are where it still is after it was cancelled. What comes after it must still run.
"""
