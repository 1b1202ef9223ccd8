"""A loudness under a ceiling, tried before it is said."""
