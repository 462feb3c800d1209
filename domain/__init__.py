"""The vocabulary of Vigil: frozen types, transition tables and pure functions over them.

Owns the words every other package speaks. Imports nothing of ours, does no I/O, reads no clock, draws nothing at
random: time is an argument and ids are derived.
"""
