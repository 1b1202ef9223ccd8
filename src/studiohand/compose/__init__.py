"""The demo song: composed, played and recorded by code, and the faults planted in it."""
