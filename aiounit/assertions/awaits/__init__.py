"""Assertions about the awaits of mocks, and the texts that describe recorded awaits in messages."""
