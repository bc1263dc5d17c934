"""Handing grades over: tables of our own, and the files of Moodle and Canvas, filled in."""
