# Runs the script MAIN, and wants every host that it looks up to have a point in its name.
import runpy, socket, sys
seen, look = set(), socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: (seen.add(str(host)), look(host, *more, **named))[1]
runpy.run_path(MAIN, run_name="__main__")
strange = [host for host in seen if "." not in host]
sys.exit(f"no such host: {strange}" if strange else 0)
