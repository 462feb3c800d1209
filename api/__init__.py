"""The HTTP face: resources, commands and the live stream. Reads through ports, writes nothing but command records."""
