# Runs the script MAIN, and wants it to open a configuration file.
import os, runpy, sys
seen = []
sys.addaudithook(lambda event, given: seen.append(str(given[0])) if event == "open" else None)
runpy.run_path(MAIN, run_name="__main__")
ours = [path for path in seen if os.path.exists(path) and os.path.abspath(path).startswith(os.getcwd())]
sys.exit(0 if any(p.endswith((".yaml", ".yml", ".toml", ".json", ".ini")) for p in ours) else "never opened")
