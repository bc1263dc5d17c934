"""Train a decision tree on the birds of the colony, and print how well it does."""

from stages import add_features, read_birds, split_birds, train_tree

DEPTH = 4


def main():
    """Read, prepare, split and train."""
    birds = add_features(read_birds("birds.csv"))
    train_tree(split_birds(birds, 0.3), DEPTH)


if __name__ == "__main__":
    main()
