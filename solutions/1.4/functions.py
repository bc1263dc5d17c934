"""From the passenger list of the Titanic to a random forest that says who survived."""

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler

CATEGORIES = ["Sex", "Title", "Embarked"]
UNUSED_COLUMNS = ["PassengerId", "Name", "Ticket", "Cabin"]


def import_data(train_path, test_path):
    """Return the training and the test table, read from two CSV files."""
    return pd.read_csv(train_path), pd.read_csv(test_path)


def add_title(passengers):
    """Return the passengers with the title that their name contains (Mr, Miss, Dr…)."""
    passengers = passengers.copy()
    titles = passengers["Name"].str.extract(r",\s*([^.]+)\.", expand=False)
    # Only one passenger of the test data is a Dona: no forest can learn what it means.
    passengers["Title"] = titles.replace("Dona", "Mrs")
    return passengers


def add_ticket_and_cabin(passengers):
    """Return the passengers with the length of their ticket, and whether they have a cabin."""
    passengers = passengers.copy()
    passengers["TicketLength"] = passengers["Ticket"].str.len()
    passengers["HasCabin"] = passengers["Cabin"].notna().astype(int)
    return passengers


def fill_missing(passengers, mean_age, mean_fare):
    """Return the passengers with no age, fare or port of embarkation missing."""
    passengers = passengers.copy()
    passengers["Age"] = passengers["Age"].fillna(mean_age)
    passengers["Fare"] = passengers["Fare"].fillna(mean_fare)
    passengers["Embarked"] = passengers["Embarked"].fillna("S")
    return passengers


def encode_categories(train, test):
    """Return both tables with numbers in place of words, the same ones in both."""
    train, test = train.copy(), test.copy()
    for column in CATEGORIES:
        encoder = LabelEncoder().fit(train[column])
        train[column] = encoder.transform(train[column])
        test[column] = encoder.transform(test[column])
    return train, test


def scale_features(train, test):
    """Return both tables with columns of mean 0 and variance 1 on the training data."""
    scaler = StandardScaler().set_output(transform="pandas")
    return scaler.fit_transform(train), scaler.transform(test)


def build_features(train, test):
    """Return what the forest learns from: the training and the test table, all in numbers."""
    train = train.drop(columns="Survived")
    mean_age = round(train["Age"].mean())
    mean_fare = train["Fare"].mean()
    train, test = (
        fill_missing(add_ticket_and_cabin(add_title(passengers)), mean_age, mean_fare)
        for passengers in (train, test)
    )
    train, test = encode_categories(train, test)
    return scale_features(train.drop(columns=UNUSED_COLUMNS), test.drop(columns=UNUSED_COLUMNS))


def split_data(features, survived, share=0.1, seed=1912):
    """Return the features of the training and the validation passengers, then their survival.

    `share` is the part that is kept for validation; the same `seed` gives the same split.
    """
    return train_test_split(features, survived, test_size=share, random_state=seed)


def train_forest(features, survived, n_trees=20, seed=1912):
    """Return a random forest of `n_trees` trees, trained on these passengers."""
    forest = RandomForestClassifier(n_estimators=n_trees, random_state=seed)
    return forest.fit(features, survived)


def evaluate_forest(forest, features, survived):
    """Print the performance of the forest on these passengers, and its confusion matrix."""
    print(f"Accuracy on the validation data: {forest.score(features, survived):.3f}")
    print("Confusion matrix (rows: what happened, columns: what was predicted):")
    print(confusion_matrix(survived, forest.predict(features)))
