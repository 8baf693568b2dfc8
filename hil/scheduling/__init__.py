"""Which case goes to which rig, and when that can be done."""
