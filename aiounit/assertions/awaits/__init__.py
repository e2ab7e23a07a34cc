"""Assertions about the awaits of mocks, and how recorded awaits are told in messages."""
