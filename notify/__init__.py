"""Senders: how an outbox message leaves the house. Each is one small module that keeps `notify.sender`'s promise."""
