"""The desk: a page on this machine, and the server behind it. Nothing leaves the machine."""
