"""Triage: whose fault a failure is, decided by experiment."""
