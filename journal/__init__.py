"""The ordered log of records: the engine's only input and the audit chain.

`ports` says what a journal can do; the adapters stand beside it and are wired in `vigil` only.
"""
