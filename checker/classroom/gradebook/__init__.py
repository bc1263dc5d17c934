"""The gradebook: a database that several processes may read and write at once."""
