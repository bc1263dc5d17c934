"""What the checker costs, against the commands that another grader would run. ``make bench`` runs all of it."""
