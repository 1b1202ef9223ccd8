"""Where a stem sits in time, and which stems hold the same sound."""
