"""The forms that the gradebook has had, each made from the one before."""
