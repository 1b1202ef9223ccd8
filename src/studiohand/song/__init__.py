"""What we remember: the song folder, its ledger, its decisions."""
