"""What can be wrong with a recording: detectors."""
