"""The groups of figures. Each module measures one in a child interpreter: ``python -m tests.benchmarks.groups.NAME``.

It prints its samples as JSON: the figure of each block, by scenario and row. Blocks of one round have the same index.
"""
