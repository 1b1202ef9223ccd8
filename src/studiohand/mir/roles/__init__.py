"""What a stem is, by its name and by its sound."""
