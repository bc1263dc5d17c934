"""Forges: the services that host the repositories of a class, and what they tell of them."""
