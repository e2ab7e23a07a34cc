"""Tests of aiounit.mocks."""
