"""MQTT in: subscribe, decode, check identity, journal, then acknowledge; what cannot be believed is quarantined.

`message.MessageDecoder` turns one message into records without any network; `ingest.Collector` runs it on two
persistent MQTT sessions. Nothing is acknowledged before the journal has committed it.
"""
