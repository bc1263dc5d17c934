"""Functions that do the parts of the pipeline, in a module."""
