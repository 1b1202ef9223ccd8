"""What a move can do to a sound."""
