"""What goes out: masters, places, codecs, albums, versions, names on it."""
