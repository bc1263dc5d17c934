"""The stages of the analysis, from the table to the scores."""

import pandas as pd
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

COLUMNS = ["bill_mm", "depth_mm", "wing_mm", "mass_g", "bill_ratio", "is_male"]


def read_birds(path):
    """Return the table of the birds."""
    return pd.read_csv(path)


def add_features(birds):
    """Return the birds with the shape of their bill, and their sex as a number."""
    birds = birds.copy()
    birds["bill_ratio"] = birds["bill_mm"] / birds["depth_mm"]
    birds["is_male"] = (birds["sex"] == "male").astype(int)
    return birds


def split_birds(birds, share):
    """Return features and species, for training and for testing; *share* is that of the test."""
    return train_test_split(birds[COLUMNS], birds["species"], test_size=share, random_state=7)


def train_tree(parts, depth):
    """Return a tree of at most this depth, after its scores have been printed."""
    x_train, x_test, y_train, y_test = parts
    tree = DecisionTreeClassifier(max_depth=depth, random_state=7)
    tree.fit(x_train, y_train)
    print("accuracy:", tree.score(x_test, y_test))
    print(confusion_matrix(y_test, tree.predict(x_test)))
    return tree
