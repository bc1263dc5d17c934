"""The random forest: training and evaluation."""

from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix


def train_forest(features, survived, n_trees=20, seed=1912):
    """Return a random forest of `n_trees` trees, trained on these passengers."""
    forest = RandomForestClassifier(n_estimators=n_trees, random_state=seed)
    return forest.fit(features, survived)


def evaluate_forest(forest, features, survived):
    """Print the performance of the forest on these passengers, and its confusion matrix."""
    print(f"Accuracy on the validation data: {forest.score(features, survived):.3f}")
    print("Confusion matrix (rows: what happened, columns: what was predicted):")
    print(confusion_matrix(survived, forest.predict(features)))
