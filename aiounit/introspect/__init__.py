"""Look at tasks, stacks, source lines, objects and tracebacks, and put them into words for messages.

Imports `_stdlib` and what is below it. Nothing here awaits, calls the user's code or changes anything that it looks at:
most of it runs in a signal handler.
"""
