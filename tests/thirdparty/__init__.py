"""Other people's suites and libraries on aiounit's base class: what worked on stdlib's must work here."""
