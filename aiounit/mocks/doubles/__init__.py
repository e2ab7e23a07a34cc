"""Behaviours and objects to give to mocks: delays, failures, gates, streams and context managers.

Each of them works in a plain mock of `unittest.mock`. They do not depend on the recorder or on specs.
"""
