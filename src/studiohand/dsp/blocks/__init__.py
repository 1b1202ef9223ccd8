"""How sound is cut, and how it is put together again."""
