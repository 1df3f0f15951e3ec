"""What the embedded demos' training shares; nothing of it is shipped in a Bento."""
