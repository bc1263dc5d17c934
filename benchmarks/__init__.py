"""The benchmarks: the cost of the checker, against the commands that another grader would run; ``make bench``."""
