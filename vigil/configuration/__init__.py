"""Reads the configuration folder: YAML in, `domain.configuration.Configuration` out, every error with file and line."""
