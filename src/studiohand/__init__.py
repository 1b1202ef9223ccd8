"""studiohand: the assistant engineer for music producers."""

__version__ = "0.1.0"
