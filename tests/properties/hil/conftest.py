"""Laws have no deadline: a shared machine is slow at times, and that breaks no law."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
