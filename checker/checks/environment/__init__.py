"""The environment that the project declares, and runs that only another environment could end."""
