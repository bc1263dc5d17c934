# Runs the script MAIN, and wants it not to look up HOST.
import runpy, socket, sys
seen, look = set(), socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: (seen.add(str(host)), look(host, *more, **named))[1]
runpy.run_path(MAIN, run_name="__main__")
sys.exit(0 if HOST not in seen else "read from the repository itself")
