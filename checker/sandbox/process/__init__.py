"""One run: its workspace, its namespaces, the process that it is forked from, and its result."""
