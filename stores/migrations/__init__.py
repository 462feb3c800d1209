"""The schema's steps from release to release, one folder per database.

A step never changes once released, and imports nothing of ours: it must mean the same for ever. A new step gets the
next number, stands in `stores.migrating.HEADS`, and is matched by `stores.schema`.
"""
