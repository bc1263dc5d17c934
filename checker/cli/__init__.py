"""The command line: the only part that prints, and that reads the surroundings (variables, terminal)."""
