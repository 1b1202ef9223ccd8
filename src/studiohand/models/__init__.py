"""Learned models: cards, weights with checksums, one runtime. Nothing is fetched unasked."""
