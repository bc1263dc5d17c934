"""One way in: a submission of somebody else, read once by a confined process, becomes a clean, bounded repository.

The confined process (:mod:`checker.intake.reader`) opens it as :mod:`checker.repository` opens the user's own, and
tells over a pipe what it found. What it says is believed as little as the submission itself: sizes are bounded, objects
are hashed and parsed anew (:mod:`checker.intake.receiving`), and written into a repository of ours. After that nobody
reads the submission any more.
"""
