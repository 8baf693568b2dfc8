"""One module per command of the CLI: gather, decide, apply, record."""
