"""Assertions about asynchronous iterators: a reader that runs ahead of the test."""
