"""Fetching the repositories of a class with git's own program, under the checker's configuration alone.

The folder of repositories holds a bare repository for each git address, and a copy for each folder or archive on this
machine. None of them is trusted: each grading takes it in as a stranger's (:mod:`checker.intake`).
"""
