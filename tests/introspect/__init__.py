"""Tests of what is read from tasks, stacks, objects and tracebacks."""
