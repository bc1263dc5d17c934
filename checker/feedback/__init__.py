"""Feedback where the work is done: the files of a runner, and one comment on a pull or merge request."""
