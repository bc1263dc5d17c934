# Imports MODULE, and stops where it opens a file of the project, connects or trains.
import importlib, os, sys
MODELS
def stop(what):
    print(what, file=sys.stderr, flush=True)
    os._exit(1)
def watch(event, given):
    if event in ("socket.connect", "socket.getaddrinfo"):
        stop(f"{event} {given}")
    if event == "open" and isinstance(given[0], str) and os.path.abspath(given[0]).startswith(os.getcwd()):
        settings = (".py", ".pyc", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".env", ".json")
        if "__pycache__" not in given[0] and not given[0].endswith(settings):
            stop(f"opens {given[0]}")
replace("fit", lambda fit: lambda *given, **named: stop("trains a model"))
sys.addaudithook(watch)
importlib.import_module(MODULE)
