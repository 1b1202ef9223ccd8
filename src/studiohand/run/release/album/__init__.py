"""Several songs as one record: sheet, programme, discs; and the other versions of one song."""
