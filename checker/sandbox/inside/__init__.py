"""Our code in the processes of student code. Standard library only, since it has to start in any environment.

:mod:`start` loads the package under a name of its own, so that student code cannot import the checker, and a student's
``checker.py`` or ``runner.py`` has no namesake.
"""
