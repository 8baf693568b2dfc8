"""The command line of ``hil``."""
