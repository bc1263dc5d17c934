"""The roster of a class: read from the list of a school, from a folder of student work, or from addresses."""
