"""Settings, wiring and the command line. May import everything; nobody imports it."""
