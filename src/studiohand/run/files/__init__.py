"""Single files: measured, cleaned, taken apart, converted."""
