"""The command line: the only room that prints and exits."""

import gc

gc.set_threshold(100_000)
"""Start-up makes many objects and no garbage: looking for it costs a fifth of the imports."""
