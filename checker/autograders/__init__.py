"""What other systems want of an autograder: the files that install the checker there and start it."""
