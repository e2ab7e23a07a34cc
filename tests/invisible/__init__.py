"""The runner is invisible to the code under test: what tests patch, freeze or fork is theirs alone."""
