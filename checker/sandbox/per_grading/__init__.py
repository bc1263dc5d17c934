"""One grading's view of the sandboxes that all gradings of a process share: its clock, slots and cache."""
