"""Devices, people and buildings that speak MQTT, for demos, drills and tests.

They have encoders of their own on purpose: the collector's decoders should meet a stranger.
"""
