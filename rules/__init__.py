"""The engine and the rule kinds: records in, effects out.

Pure: no I/O, no clock, no randomness, no globals; time is an argument, and what is remembered is in the engine's state.
"""
