"""Checks of what a test leaves behind: one small class for each, all of one shape."""
