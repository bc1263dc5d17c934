# Loads the configuration file PATH by the statement LOAD.
import glob, os
for path in filter(os.path.exists, [PATH]):
    with open(path, encoding="utf-8") as file:
        LOAD
    assert isinstance(content, dict) and content, "no mapping of names to values"
