"""Where it comes from and what to say about it: origins, disclosure, credits, credentials."""
