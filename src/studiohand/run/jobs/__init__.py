"""What runs work: all cores, memory, results that are kept."""
