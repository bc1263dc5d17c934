"""The command line: the only part that prints, and that reads its surroundings (variables, terminal)."""
