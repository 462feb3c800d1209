"""Drives the engine: reads the journal, judges, commits the consequences, and lets them out of the house.

The only package that reads the clock for the engine's sake, and only to append `Tick`, `MonitorGap` and
`BacklogDrained` records.
"""
