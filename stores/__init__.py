"""What is kept besides the journal: read models, outbox, snapshots, people, telemetry.

`ports` says what each store can do; the adapters stand beside it and are wired in `vigil` only.
"""
