"""Forges: the services that host the repositories of a class."""
