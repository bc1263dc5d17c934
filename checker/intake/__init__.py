"""The intake: another person's submission, read once by a confined process, becomes a clean, bounded repository.

The confined process (:mod:`checker.intake.reader`) opens the submission as :mod:`checker.repository` opens the user's
own, and sends its content over a pipe. The receiver trusts the reader as little as the submission: sizes are bounded,
objects are hashed and parsed anew (:mod:`checker.intake.receiving`), and written into a repository of ours. After that
no process reads the submission itself.
"""
