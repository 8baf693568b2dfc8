"""Health: from counts of devices to a judgement. Values only."""
