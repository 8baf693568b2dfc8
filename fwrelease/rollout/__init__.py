"""Rollout: rings of the fleet, in order, and the decision to open the next one."""
