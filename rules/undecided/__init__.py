"""Rules that cannot be decided: found by looks, told with the reason, gathered into alarms of Vigil's own."""
