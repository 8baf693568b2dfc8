"""The pytest plugin: fixtures, the marker ``hil`` and the scheduler behind pytest-xdist."""
