"""Who hides whom, and how the stems stand in a mix."""
