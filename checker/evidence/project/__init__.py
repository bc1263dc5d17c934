"""The project as a whole: the parts that its files play, its configuration, and absent files."""
