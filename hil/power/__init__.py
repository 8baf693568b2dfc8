"""Power drivers, found by the entry point ``hil.power``."""
