"""Protocols without I/O: bytes in, bytes and events out."""
