"""Links: a byte stream to a board, and the transcript of all it said."""
