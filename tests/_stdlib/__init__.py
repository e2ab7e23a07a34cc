"""Tests of the private names: each fails on a version of Python that changes one."""
