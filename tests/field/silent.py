"""Situations in which a main script shows nothing, or ends with a sentence of the ecosystem, as values."""

from __future__ import annotations

from tests.field.model import Situation, situation
from tests.mutants.model import Edit, Move, Replace, Shell, Write

MAIN = "main.py"
LOADING = "src/data/import_data.py"
TRAINING = "src/models/train_evaluate.py"


def _at_top(name: str, line: str, hint: str, french: str, **failed: str) -> Situation:
    """A line of its own before the first statement of ``main.py``."""
    return situation(
        name,
        "1.6",
        Replace(MAIN, "N_TREES = 20\n", f"{line}\n"),
        charged={"main-runs": hint} | {check.replace("_", "-"): said for check, said in failed.items()},
        french={"main-runs": french},
        where=MAIN,
    )


_UNREADABLE = "main.py is not valid Python"
_UNDEFINED = "undefined-variable"

ENDINGS = (
    _at_top(
        "a required option",
        'import argparse\n\nPARSER = argparse.ArgumentParser(description="Train.")\n'
        'PARSER.add_argument("--n_trees", type=int, required=True)\nN_TREES = PARSER.parse_args().n_trees',
        "error: the following arguments are required: --n_trees",
        "donner une valeur par défaut à --n_trees",
    ),
    _at_top(
        "an argument of the command line",
        "import sys\n\nN_TREES = int(sys.argv[1])",
        "started without arguments",
        "lancé sans argument",
    ),
    _at_top(
        "what nbconvert makes of a magic",
        'get_ipython().run_line_magic("matplotlib", "inline")\nN_TREES = 20',
        "Delete this line",
        "Supprimer cette ligne",
        lint_main=_UNDEFINED,
    ),
    _at_top(
        "a magic",
        "%matplotlib inline\nN_TREES = 20",
        "Delete this line",
        "Supprimer cette ligne",
        lint_main=_UNREADABLE,
    ),
    _at_top(
        "a command of the shell",
        "!pip install pandas\nN_TREES = 20",
        "Delete this line",
        "Supprimer cette ligne",
        lint_main=_UNREADABLE,
    ),
    _at_top("a question", 'N_TREES = int(input("trees? "))', "an answer on the keyboard", "une réponse au clavier"),
    _at_top("a breakpoint", "breakpoint()\nN_TREES = 20", "A breakpoint was left", "Un point d'arrêt"),
    _at_top(
        "a window of Tk",
        "import tkinter\n\nWINDOW = tkinter.Tk()\nN_TREES = 20",
        "It opens a window",
        "ouvre une fenêtre",
    ),
    _at_top(
        "a backend with windows",
        'import matplotlib.pyplot as plt\n\nplt.switch_backend("TkAgg")\nN_TREES = 20',
        "The backend TkAgg opens windows",
        "Le moteur TkAgg",
    ),
    _at_top(
        "a variable of the student's machine",
        'import os\n\nN_TREES = int(os.environ["N_TREES"])',
        "The variable N_TREES exists on your machine only",
        "La variable N_TREES",
    ),
    _at_top(
        "a language that is not installed",
        'import locale\n\nlocale.setlocale(locale.LC_ALL, "fr_FR.UTF-8")\nN_TREES = 20',
        "take setlocale out",
        "retirer setlocale",
    ),
    _at_top(
        "an installation",
        "import subprocess\nimport sys\n\n"
        'subprocess.check_call([sys.executable, "-m", "pip", "install", "no-such-library==9"])\nN_TREES = 20',
        "A script installs nothing",
        "Un script n'installe rien",
        lint_main="wrong-import-order",
    ),
    _at_top(
        "a program of one machine",
        'import subprocess\n\nsubprocess.run(["mc", "ls"], check=True)\nN_TREES = 20',
        "starts the program mc",
        "lance le programme mc",
    ),
    _at_top(
        "a message at the end",
        'import sys\n\nsys.exit("The file of results is missing")\nN_TREES = 20',
        "It ended with status 1: The file of results is missing",
        "Arrêt avec le code 1",
        lint_main="unreachable",
    ),
    situation(
        "backslashes in a path",
        "1.6",
        Replace(MAIN, '"data/raw/train.csv"', r'"data\\raw\\train.csv"'),
        charged={"main-runs": "Write the path with /"},
        french={"main-runs": "Écrire le chemin avec /"},
        where=f"{LOADING}:8",
    ),
    situation(
        "a path of Windows that is no text",
        "1.6",
        Replace(MAIN, '"data/raw/train.csv"', r'"C:\Users\marie\train.csv"'),
        charged={"main-runs": "write the path with /", "lint-main": _UNREADABLE},
        french={"main-runs": "écrire le chemin avec /"},
    ),
    situation(
        "a function that calls itself",
        "1.6",
        Replace(MAIN, "    train, test = import_data(", "    main()\n    train, test = import_data("),
        charged={"main-runs": "A function calls itself"},
        french={"main-runs": "s'appelle elle-même sans fin"},
    ),
    situation(
        "display in place of print",
        "1.6",
        Replace(MAIN, "    survivors =", "    display(train)\n    survivors ="),
        charged={"main-runs": "write print(", "lint-main": _UNDEFINED},
        french={"main-runs": "écrire print("},
    ),
)

_CALL = 'if __name__ == "__main__":\n    main()\n'
_STAYS = ("layout-source", "functions-train", "functions-load", "notebook-runs")
_BY_SOURCE = (*_STAYS, "main-reports", "main-imports", "lint-main")


def _guarded(name: str, guard: str, hint: str, french: str, base: str = "1.6") -> Situation:
    """The last lines of ``main.py`` are others, and its work is never begun."""
    return situation(
        name,
        base,
        Replace(MAIN, _CALL, guard),
        charged={"main-runs": hint},
        french={"main-runs": french},
        where=f"{MAIN}:",
        passed=_BY_SOURCE,
    )


IDLE = (
    situation(
        "a docstring and nothing else",
        "1.6",
        Write(MAIN, '"""Train the forest."""\n'),
        charged={"main-runs": "holds no statement that does anything yet"},
        french={"main-runs": "aucune instruction"},
        passed=_STAYS,
    ),
    situation(
        "imports and a constant",
        "1.7",
        Shell("sed -i '/^N_TREES/q' main.py"),
        charged={"main-runs": "holds no statement that does anything yet"},
        passed=_STAYS,
    ),
    situation(
        "the greeting of uv beside the work",
        "1.6",
        Move(MAIN, "src/train.py"),
        Shell("sed -i '1a import sys; sys.path.insert(0, \".\")' src/train.py"),
        Write(MAIN, 'def main():\n    print("Hello from titanic!")\n\n\n' + _CALL),
        charged={"main-runs": "src/train.py holds the work"},
        french={"main-runs": "Le travail est dans src/train.py"},
        where=f"{MAIN}:2",
        passed=_STAYS,
    ),
    situation(
        "results that were pasted and nothing else",
        "1.6",
        Write(MAIN, '"""Report."""\n\nprint("accuracy: 0.81")\nprint("[[87 13]\\n [21 58]]")\n'),
        charged={"main-runs": "and does nothing else"},
        french={"main-runs": "ne fait rien d'autre"},
        passed=_STAYS,
    ),
    _guarded(
        "a guard without underscores", 'if __name__ == "main":\n    main()\n', "line 24 is never true", "ligne 24"
    ),
    _guarded(
        "a guard in quotes, of a later step",
        'if "__name__" == "__main__":\n    main()\n',
        'Write if __name__ == "__main__":',
        "n'est jamais vraie",
        "2.1",
    ),
    _guarded("a main that nobody calls", "", "nothing calls main", "rien n'appelle main"),
    _guarded("a call without brackets", 'if __name__ == "__main__":\n    main\n', "names main", "avec ses parenthèses"),
)

_SCHEME = 'f"https://{endpoint}"'
_REPORT = """    print(f"Accuracy on the validation data: {forest.score(features, survived):.3f}")
    print("Confusion matrix (rows: what happened, columns: what was predicted):")
    print(confusion_matrix(survived, forest.predict(features)))
"""
_CONFIGURED = Replace(MAIN, '"config.yaml", encoding="utf-8"', '"config.yaml"')
_OF_NETWORK = ("main-runs", "main-reports", "main-imports", "functions-train", "layout-source", "data-parameters")

_CP1252 = "# Données de Zoé, en €\nbucket: titanic-project\nfolder: titanic/raw\n".encode("cp1252") + (
    b"train_name: train.csv\ntest_name: test.csv\n"
)

CHARGED_ONCE = (
    situation(
        "a server without its scheme",
        "1.7",
        Replace(LOADING, _SCHEME, "endpoint"),
        charged={"data-remote": "AWS_S3_ENDPOINT has no https://"},
        where=f"{LOADING}:13",
        passed=_OF_NETWORK,
    ),
    situation(
        "a link without its scheme",
        "1.7",
        Replace(
            LOADING,
            '    storage = s3fs.S3FileSystem(client_kwargs={"endpoint_url": f"https://{endpoint}"})\n',
            '    place = f"{endpoint}/{bucket}/{folder}"\n',
        ),
        Shell("sed -i -e '/with storage/d' -e '/^import s3fs/d' -e 's/^        t/    t/' src/data/import_data.py"),
        Shell("sed -i 's/pd.read_csv(file)/pd.read_csv(f\"{place}\\/train.csv\")/' src/data/import_data.py"),
        charged={"data-remote": ""},
        passed=("main-runs", "main-reports"),
    ),
    situation(
        "a name that the bucket does not have",
        "1.7",
        Replace(LOADING, "/train.csv", "/train.xlsx"),
        charged={"data-remote": "train.xlsx was answered by 404"},
        passed=_OF_NETWORK,
    ),
    situation(
        "a configuration in the encoding of Windows",
        "2.1",
        _CONFIGURED,
        Write("config.yaml", _CP1252),
        charged={"config-file": "Save the file as UTF-8"},
        french={"config-file": "Enregistrer le fichier en UTF-8"},
        where="config.yaml",
        passed=("main-runs", "main-reports", "config-read", "config-followed", "config-not-hardcoded", "data-remote"),
    ),
    situation(
        "a configuration in UTF-16",
        "2.1",
        _CONFIGURED,
        Write("config.yaml", _CP1252.decode("cp1252").encode("utf-16")),
        charged={"config-file": "Save the file as UTF-8"},
        passed=("main-runs", "config-followed"),
    ),
    situation(
        "a configuration with a tab",
        "2.1",
        Write("config.yaml", "bucket:\ttitanic-project\n\tfolder: titanic/raw\n"),
        charged={"config-file": "a tab stands where only spaces may"},
        passed=("main-runs",),
    ),
    situation(
        "a script that only opens a broken configuration",
        "1.8",
        Write("config.yaml", "words\n"),
        Write(MAIN, "import yaml\n\nprint(yaml.safe_load(open('config.yaml'))['bucket'])\n"),
        charged={
            "main-runs": "string indices must be integers",
            "main-imports": "imports nothing",
            "config-file": "is no mapping",
            "lint-main": "",
        },
    ),
    situation(
        "another model than the forest",
        "1.6",
        Shell(
            "sed -i -e 's/RandomForestClassifier(n_estimators=n_trees, random_state=seed)/"
            "HistGradientBoostingClassifier(max_iter=n_trees, random_state=seed)/' "
            "-e 's/import Random.*/import HistGradientBoostingClassifier/' src/models/train_evaluate.py"
        ),
        charged={"functions-train": "No forest was trained"},
        passed=("main-runs", "main-reports", "main-imports", "notebook-uses-functions", "functions-split"),
    ),
    situation(
        "a report of the classes, as an expression",
        "1.6",
        Replace(TRAINING, _REPORT, "    classification_report(survived, forest.predict(features))\n"),
        Replace(TRAINING, "import confusion_matrix", "import classification_report"),
        charged={"main-reports": "an expression alone prints nothing"},
        passed=("functions-train", "main-runs", "main-imports"),
    ),
)

_LOGGING = (
    Replace(TRAINING, "from sklearn.ensemble", "import logging\n\nfrom sklearn.ensemble"),
    Replace(TRAINING, "\n\ndef train_forest", "\nLOG = logging.getLogger(__name__)\n\n\ndef train_forest"),
)


def _silent(name: str, hint: str, french: str, *edits: Edit, where: str = TRAINING, **failed: str) -> Situation:
    """The forest is trained and judged, and the screen shows nothing of it."""
    return situation(
        name,
        "1.6",
        *edits,
        charged={"main-reports": hint} | {check.replace("_", "-"): said for check, said in failed.items()},
        french={"main-reports": french},
        where=where,
        passed=("main-runs", "main-imports", "functions-train"),
    )


SILENT = (
    _silent(
        "the output replaced by a file",
        "It is written to logs/run.log",
        "est écrit dans logs/run.log",
        Replace(
            MAIN,
            "    main()\n",
            "    import os\n    import sys\n\n    os.makedirs('logs', exist_ok=True)\n"
            "    sys.stdout = open('logs/run.log', 'w', encoding='utf-8')\n    main()\n",
        ),
        where=f"{MAIN}:",
    ),
    _silent(
        "the output redirected to a string",
        "What print writes goes elsewhere",
        "va ailleurs",
        Replace(
            MAIN,
            "    main()\n",
            "    import contextlib\n    import io\n\n"
            "    with contextlib.redirect_stdout(io.StringIO()):\n        main()\n",
        ),
    ),
    _silent(
        "results in a file of text",
        "It is written to results.txt",
        "est écrit dans results.txt",
        Replace(
            TRAINING,
            _REPORT,
            '    with open("results.txt", "w", encoding="utf-8") as file:\n'
            "        file.write(str(forest.score(features, survived)))\n"
            "        file.write(str(confusion_matrix(survived, forest.predict(features))))\n",
        ),
    ),
    _silent(
        "a log below its level",
        "The level of the log hides this line",
        "Le niveau du journal cache cette ligne",
        *_LOGGING,
        Replace(
            TRAINING,
            _REPORT,
            '    LOG.info("Accuracy %.3f", forest.score(features, survived))\n'
            '    LOG.info("Matrix %s", confusion_matrix(survived, forest.predict(features)).tolist())\n',
        ),
    ),
    _silent(
        "a figure in place of the matrix",
        "A figure is no print",
        "Une figure n'est pas un affichage",
        Replace(
            TRAINING,
            _REPORT,
            '    print("Accuracy", forest.score(features, survived))\n'
            "    ConfusionMatrixDisplay.from_estimator(forest, features, survived)\n    plt.show()\n",
        ),
        Replace(
            TRAINING,
            "from sklearn.ensemble import RandomForestClassifier\nfrom sklearn.metrics import confusion_matrix",
            "import matplotlib.pyplot as plt\nfrom sklearn.ensemble import RandomForestClassifier\n"
            "from sklearn.metrics import ConfusionMatrixDisplay",
        ),
    ),
    _silent(
        "results that are returned and kept",
        "This line computes it, and nothing shows it",
        "rien ne l'affiche",
        Replace(
            TRAINING,
            _REPORT,
            "    matrix = confusion_matrix(survived, forest.predict(features))\n"
            "    return forest.score(features, survived), matrix\n",
        ),
    ),
)

SITUATIONS = (*ENDINGS, *IDLE, *CHARGED_ONCE, *SILENT)
