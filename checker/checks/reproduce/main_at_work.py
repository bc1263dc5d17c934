# Runs the script PATH and wants it to read a file that is no code, to ask for an address or to start a program.
import os, runpy, sys, traceback
seen, root = [], os.getcwd() + os.sep
def hear(event, given):
    if event == "open" and isinstance(given[0], str) and not set(str(given[1])) & set("wax+"):
        path = os.path.abspath(given[0])
        seen.extend([path] if path.startswith(root) and not path.endswith(".py") else [])
        seen[:] = [one for one in seen if "__pycache__" not in one and "-packages" not in one]
    elif event in ("socket.connect", "socket.getaddrinfo"):
        seen.append(event)
    elif event in ("subprocess.Popen", "os.system"):
        importing = any("importlib" in frame.filename for frame in traceback.extract_stack())
        seen.extend([] if importing else [event])
sys.addaudithook(hear)
runpy.run_path(PATH, run_name="__main__")
sys.exit(0 if seen else "nothing is read, asked for or started")
