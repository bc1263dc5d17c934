"""The commands of ``checker class``, one module each."""
