"""The versions of the gradebook's tables, each migrated from the one before."""
