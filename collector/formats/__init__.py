"""Formats of other makers: one small pure module each, listed in `collector.formats.table`.

A module turns one message into `Report`s, in words that all formats share; it knows nothing of sites, doors or people.
What the words mean in a building is the mapping's business (`collector.foreign`).
"""
