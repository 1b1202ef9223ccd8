"""What is measured of any sound."""
