"""Builds: versions and the artifacts that belong to them, by board, revision and digest."""
