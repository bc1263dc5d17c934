"""Situations of real students, each graded as a whole."""
