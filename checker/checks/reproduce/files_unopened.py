# Runs the script MAIN, and wants no path of OPENED to be opened.
import os, runpy, sys
seen = []
sys.addaudithook(lambda event, given: seen.append(str(given[0])) if event == "open" else None)
runpy.run_path(MAIN, run_name="__main__")
found = {os.path.relpath(path) for path in seen} & OPENED
sys.exit(f"read from the disk: {sorted(found)}" if found else 0)
