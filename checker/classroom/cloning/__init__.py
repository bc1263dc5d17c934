"""Fetching the repositories of a class: by git's own program, told to obey nobody else's configuration.

What is fetched lies side by side in the folder of repositories: a bare repository for an address of git, a copy for a
folder or an archive on this machine. Nothing of it is believed: each grading takes it in as a stranger's
(:mod:`checker.intake`).
"""
