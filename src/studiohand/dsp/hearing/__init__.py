"""How strongly a sound is heard, alone and among others."""
