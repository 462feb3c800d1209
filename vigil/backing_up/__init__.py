"""Backups of a data folder, made while Vigil runs, and bringing one back.

A backup is a folder with `manifest.json` and below `data/` what belongs into a data folder: journal, state, people,
snapshots, telemetry. Keys and passwords lie in a folder of their own: who has both can forge the journal and recognise
credential numbers, who has lost the keys can read neither. Not in it is what Vigil makes anew or never owned: the
broker's queue, which empties into the journal within moments, and the configuration folder.
"""
