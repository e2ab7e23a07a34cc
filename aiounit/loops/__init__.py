"""Make an event loop, own it, drive a coroutine on it, close it in bounded time, and see when it is blocked.

Imports `limits` and the packages below it. It knows nothing of steps, results or resources: it takes a coroutine, and
returns or raises its outcome.
"""
