"""Reading of the passenger lists."""

import pandas as pd


def import_data(train_url, test_url):
    """Return the training and the test table, read from two links."""
    return pd.read_csv(train_url), pd.read_csv(test_url)
