"""Data read over the network, from a place that can be changed."""
