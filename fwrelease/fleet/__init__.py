"""Fleets: where devices are, what they report. The simulated fleet has a clock of its own."""
