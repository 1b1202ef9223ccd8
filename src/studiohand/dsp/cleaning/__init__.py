"""What takes damage away again."""
