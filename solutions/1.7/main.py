"""Train a random forest on the passenger list of the Titanic, and print how well it does."""

import os

from src.data.import_data import import_data
from src.data.train_test_split import split_data
from src.features.build_features import build_features
from src.models.train_evaluate import evaluate_forest, train_forest

BUCKET = "{{cookiecutter.s3_bucket}}"
FOLDER = "{{cookiecutter.s3_path}}"
N_TREES = 20


def main():
    """Read the data, make the features, train the forest and report."""
    train, test = import_data(BUCKET, FOLDER, os.environ["AWS_S3_ENDPOINT"])
    train_features, test_features = build_features(train, test)

    x_train, x_validation, y_train, y_validation = split_data(train_features, train["Survived"])
    forest = train_forest(x_train, y_train, N_TREES)
    evaluate_forest(forest, x_validation, y_validation)

    survivors = forest.predict(test_features).sum()
    print(f"Predicted to survive among the {len(test)} passengers of the test data: {survivors}")


if __name__ == "__main__":
    main()
