"""Inventory: boards, rigs and what they offer, from YAML."""
