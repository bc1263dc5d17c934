"""Where student code runs. Only ``checker.evidence`` asks for it."""
