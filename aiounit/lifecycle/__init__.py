"""Run one test: order its steps, collect the errors that they raise, and report those to the result.

This folder imports all the others, and only `case` imports it. State that outlives one test belongs in `runs`.
"""
