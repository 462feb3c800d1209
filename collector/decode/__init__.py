"""From bytes to observations: strict JSON, the bodies of the native format, readings as columns."""
