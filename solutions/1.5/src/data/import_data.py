"""Reading of the passenger lists."""

import pandas as pd


def import_data(train_path, test_path):
    """Return the training and the test table, read from two CSV files."""
    return pd.read_csv(train_path), pd.read_csv(test_path)
