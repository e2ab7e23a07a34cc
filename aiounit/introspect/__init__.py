"""Inspect tasks, stacks, source lines, objects and tracebacks, and describe them for messages.

Most of it runs in a signal handler. So nothing here awaits, calls the user's code, or changes the objects that it
inspects.
"""
