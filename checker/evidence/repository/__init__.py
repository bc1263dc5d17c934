"""The repository: its history, its pull requests, its files, and its ignore rules."""
