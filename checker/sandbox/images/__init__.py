"""Images of submissions on a real Docker engine: built within limits, run without a network, and removed."""
