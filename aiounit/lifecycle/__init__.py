"""The life of one test: its steps in order, what they raise, and how that reaches the result.

Imports all folders but none imports it: only `case` does. What is true of more than one test belongs in `runs`.
"""
