"""The tables of the course: served to a run, on disk, resampled, and by a student's own names."""
