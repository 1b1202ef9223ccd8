"""How two records differ, as settings."""
