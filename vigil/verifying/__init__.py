"""Whether a data folder is as Vigil wrote it: read only, and beside a running service."""
