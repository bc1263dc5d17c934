"""The sandboxes in which student code runs. Of the packages that judge, only ``checker.evidence`` uses them."""
