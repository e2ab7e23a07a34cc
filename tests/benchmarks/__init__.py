"""What a test costs under aiounit and under its peers: ``python -m tests.benchmarks`` measures and prints it.

The figures are for people, and nothing asserts a time: the only test here checks that the measuring itself still works.
"""
