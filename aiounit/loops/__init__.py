"""Event loops: making one, owning it, driving a coroutine on it, and closing it in bounded time.

Imports `limits` and what is below it. It knows nothing of steps, results or resources: a coroutine comes in, and its
outcome goes out.
"""
