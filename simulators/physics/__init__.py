"""Machines with simple physics: first-order dynamics, daily load, on/off control, noise, and faults that develop.

One class per file. No clock, no MQTT and no site model in here: time is an argument, chance is a seeded source that is
handed in.
"""
