"""Steps of the people database."""
