"""A class: its roster, the repositories of its students, their gradings, and the gradebook.

The folder of a class (:mod:`checker.classroom.folder`) holds all of it. The instructor's own decisions (overrides,
waivers and weights) cannot be made again from the roster and the repositories; the gradebook keeps them.
"""
