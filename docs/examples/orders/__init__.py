"""An order service, small but real: what the tests beside it test."""
