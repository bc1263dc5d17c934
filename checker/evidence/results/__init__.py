"""Results that a program prints: scores and confusion matrices, compared with the data behind them."""
