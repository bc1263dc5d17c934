"""A class: its roster, the repositories of its students, their gradings, and the gradebook.

The folder of a class (:mod:`checker.classroom.folder`) holds all of it. What cannot be made again from the roster and
the repositories are the instructor's own decisions, which the gradebook keeps: overrides, waivers and weights.
"""
