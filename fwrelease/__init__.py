"""What goes how far, and what we say about it: builds, gates, rings and their evidence."""
