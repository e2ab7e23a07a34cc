"""Mocks that imitate a spec: a class, function or object, with the help of its annotations and descriptors.

Imports `mocks.recording` and `mocks.doubles`.
"""
