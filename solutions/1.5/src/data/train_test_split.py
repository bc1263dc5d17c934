"""Split between training and validation."""

from sklearn.model_selection import train_test_split


def split_data(features, survived, share=0.1, seed=1912):
    """Return the features of the training and the validation passengers, then their survival.

    `share` is the part that is kept for validation; the same `seed` gives the same split.
    """
    return train_test_split(features, survived, test_size=share, random_state=seed)
