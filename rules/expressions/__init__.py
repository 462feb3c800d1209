"""The language in which conditions over points are written: its tree, its parser, its units. docs/expressions.md."""
