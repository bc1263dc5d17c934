"""What the repository holds: commits and branches, data, build artifacts, ignore rules, folders, pull request."""
