"""What an image does on a board: rigs, flashing, smoke tests, and whose fault a failure is."""
