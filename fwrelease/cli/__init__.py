"""The command line of ``fwrelease``."""
