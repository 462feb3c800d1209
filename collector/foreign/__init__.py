"""Devices of other makers: which of them mean what in which building, and what becomes of what they say.

`mapping` is what is configured, `sources` the same seen from a message's side, `translation` makes records of reports,
`decoder` puts it together; `unmapped` remembers who else speaks.
"""
