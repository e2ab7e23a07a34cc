"""Tests of behaviours, streams and context managers for mocks."""
