"""Campaigns: one image set over a suite, in waves of attempts."""
