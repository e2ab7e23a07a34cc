"""A suite whose code gets Ctrl-C twice, in one phase after the other: ``tests.test_ctrl_c`` runs it in processes."""
