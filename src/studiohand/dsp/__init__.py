"""Arrays in, arrays out: effects, meters and transforms."""
