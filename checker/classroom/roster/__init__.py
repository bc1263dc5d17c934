"""Who is in a class: read from the list of a school, from a folder of their work, or from addresses."""
