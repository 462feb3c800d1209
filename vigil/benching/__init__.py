"""Measures Vigil as it runs: load from processes of its own, figures per stage, losses by id."""
