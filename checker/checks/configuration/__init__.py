"""The configuration file: its contents, its reading and its use."""
