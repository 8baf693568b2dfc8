"""Leases: exclusive use of a rig, as kernel locks; the guard ends what a lease holder leaves."""
