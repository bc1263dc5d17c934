"""The gradebook: a database that any number of processes may read and write at once."""
