"""Tests of event loops: making, driving and closing them."""
