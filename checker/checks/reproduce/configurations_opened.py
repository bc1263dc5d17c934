# Runs the script MAIN, and wants it to open at most one configuration file with a place of data.
import os, runpy, sys
seen = set()
sys.addaudithook(lambda event, given: seen.add(str(given[0])) if event == "open" else None)
runpy.run_path(MAIN, run_name="__main__")
ours = [path for path in seen if os.path.exists(path) and os.path.abspath(path).startswith(os.getcwd())]
read = [path for path in ours if path.endswith((".yaml", ".yml", ".toml", ".json", ".ini"))]
same = lambda path: open(path, encoding="utf-8").read()
sys.exit(f"opened: {read}" if sum("bucket" in same(p) or "csv" in same(p) for p in read) > 1 else 0)
