"""Steps of the state database."""
