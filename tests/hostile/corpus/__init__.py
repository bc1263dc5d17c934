"""The hostile corpus: submissions that were made to cheat or to hurt, as data, with the verdict that each must get."""
