"""Mocks after a spec: what annotations and descriptors say about the class that a mock stands for.

Imports `mocks.recording` and `mocks.doubles`.
"""
