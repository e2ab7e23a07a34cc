"""Tests of the checks: each check by itself, and all of them on defects that were put in on purpose."""
