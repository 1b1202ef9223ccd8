"""Computed understanding of music: features in, facts about the music out."""
