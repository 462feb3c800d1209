"""What all kinds that judge readings share: a condition per row, on and off delays, and when they end."""
