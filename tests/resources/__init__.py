"""Tests of what test classes declare, share and close."""
