"""A song: its material, listening, decisions, takes."""
