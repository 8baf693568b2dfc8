"""Flashers, found by the entry point ``hil.flash``."""
