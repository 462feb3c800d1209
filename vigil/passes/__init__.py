"""Judges a plain log of passes, from whatever system, against who may pass where, when, by which way and how fast."""
