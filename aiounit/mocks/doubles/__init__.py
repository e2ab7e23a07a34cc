"""Behaviours and objects to give to mocks: delays, failures, gates, streams and context managers.

Each works in a plain mock of `unittest.mock`; none knows the recorder or specs.
"""
