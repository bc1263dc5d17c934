# Two files of one folder that play two parts, by the words that all use.
import pathlib, re, sys
parts = [r"read_(csv|parquet|excel|json|feather)", r"train_test_split\(|LabelEncoder|fillna|get_dummies|\.map\(",
         r"\.fit\(|\.predict\(|confusion_matrix\("]
apart = {"notebooks", "notebook", "tests", "docs", "pages", "data"}
files = [path for path in pathlib.Path(".").rglob("*.py") if len(path.parts) > 1 and "site-packages" not in path.parts]
files = [path for path in files if path.parts[0] not in apart and not path.parts[0].startswith(".")]
plays = [(path, {part for part in parts if re.search(part, path.read_text(errors="replace"))}) for path in files]
sys.exit(not any(a.parts[0] == b.parts[0] and a != b and len(mine | others) > 1
                 for a, mine in plays for b, others in plays if mine and others))
