"""The facts about a submission: frozen values, one module per family, gathered by ``checker.evidence``."""
