"""What runs where student code runs. Standard library only: it has to start in any environment.

It is loaded under a name of its own by :mod:`start`, so that nothing of the checker is among the modules that
student code can import, and a student's ``checker.py`` or ``runner.py`` meets no namesake.
"""
