"""Tempo, key, chords, ranges."""
