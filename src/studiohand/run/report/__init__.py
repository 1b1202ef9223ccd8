"""The page that tells what was done to a master."""
