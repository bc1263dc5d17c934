"""Pure functions from a report to a text. They see the report and nothing else."""
