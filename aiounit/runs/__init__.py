"""Keep the state that outlives a test: shared loops and their resources, class and module fixtures, the end of a run.

Imports `resources`, `checks` and the folders below them. It knows scopes, not the steps of a test.
"""
