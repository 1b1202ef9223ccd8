"""What changes a spectrum or a rate, and is no effect by itself."""
