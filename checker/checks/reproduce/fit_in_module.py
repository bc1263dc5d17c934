# Runs the script PATH and wants a model that is fitted by a line of another file of the project.
import os, runpy, sys, traceback
MODELS
places = []
def seen(fit):
    def call(self, *given, **named):
        ours = [f.filename for f in traceback.extract_stack()[:-1] if f.filename.startswith((os.getcwd(), PATH))]
        places.append(os.path.relpath(ours[-1]) if ours else "")
        return fit(self, *given, **named)
    return call
replace("fit", seen)
sys.path[0] = ""
runpy.run_path(PATH, run_name="__main__")
sys.exit(0 if any(place not in ("", PATH) for place in places) else f"fitted in: {places or 'no place'}")
