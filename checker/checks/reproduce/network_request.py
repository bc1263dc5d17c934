# Runs the script PATH without a network, and wants it to have tried.
import runpy, socket, sys
asked = []
def refuse(host, *more, **named):
    asked.append(host)
    raise OSError("there is no network here")
socket.getaddrinfo = refuse
try:
    runpy.run_path(PATH, run_name="__main__")
except BaseException as error:
    print(error, file=sys.stderr)
sys.exit(0 if asked else "nothing was asked for over the network")
