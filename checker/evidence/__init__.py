"""The probes: each gives one type of fact, and has no opinion. They alone may ask the sandbox."""
