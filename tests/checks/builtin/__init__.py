"""Tests of the checks that aiounit comes with."""
