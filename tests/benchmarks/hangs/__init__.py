"""The damage that a hanging test does to a run, under aiounit and under its peers: docs/hangs.md."""
