"""A suite whose code gets Ctrl-C twice, in one phase after the other: ``tests.limits.test_ctrl_c`` runs it."""
