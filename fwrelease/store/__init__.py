"""The ledger and the tables that are folded from it, in one SQLite file."""
