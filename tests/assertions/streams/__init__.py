"""Tests of the assertions about asynchronous iterators."""
