"""What is wrong with a file as a recording, or as a master."""
