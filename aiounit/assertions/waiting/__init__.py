"""Assertions that wait for a condition, for an awaitable, or until a deadline."""
