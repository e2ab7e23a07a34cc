"""Assertions about asynchronous iterators and queues, with a reader that runs ahead of the test."""
