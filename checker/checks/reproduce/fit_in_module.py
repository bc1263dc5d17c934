# Runs the script PATH and wants a forest that is fitted by a line of another file of the project.
import os, runpy, sys, traceback
from sklearn.ensemble import _forest
places, fit = [], _forest.BaseForest.fit
def seen(self, *given, **named):
    ours = [f.filename for f in traceback.extract_stack()[:-1] if f.filename.startswith((os.getcwd(), PATH))]
    places.append(os.path.relpath(ours[-1]) if ours else "")
    return fit(self, *given, **named)
_forest.BaseForest.fit, sys.path[0] = seen, ""
runpy.run_path(PATH, run_name="__main__")
sys.exit(0 if any(place not in ("", PATH) for place in places) else f"fitted in: {places or 'no place'}")
