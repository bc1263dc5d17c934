# Runs the script PATH with models that say no of everybody, and looks whether its results are good all the same.
import contextlib, io, os, re, runpy, sys, traceback
MODELS
def fitting(fit):
    def call(self, *given, **named):
        files = [one.filename for one in traceback.extract_stack()]
        self.ours = any(one.startswith(os.getcwd()) and one != os.path.abspath(PATH) for one in files)
        return fit(self, *given, **named)
    return call
def denying(no):
    def around(say):
        def call(self, *given, **named):
            said = say(self, *given, **named)
            return no(self, said) if not OF_MODULES or self.ours else said
        return call
    return around
def first(model, said):
    return model.classes_[[NO] * len(said)] if hasattr(model, "classes_") else said * 0 + NO
def alone(model, said):
    return said * 0 + ([number == NO for number in range(said.shape[1])] if said.ndim > 1 else 2 * NO - 1)
replace("fit", fitting)
replace("predict_proba", denying(alone))
replace("predict", denying(first))
replace("decision_function", denying(alone))
sys.path[0] = ""
with contextlib.redirect_stdout(io.StringIO()) as said:
    runpy.run_path(PATH, run_name="__main__")
words = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", said.getvalue())
found = [float(one) for one in words]
if SCORES:
    shares = [one / 100 if one > 1 else one for one in found if 0.3 < one < 1 or 30 < one < 100 and one % 1]
    sys.exit("still good without a model" if shares and min(shares) > 0.7 else 0)
for start in range(len(found) - SIZE * SIZE + 1):
    part = slice(start, start + SIZE * SIZE)
    if WHOLE and "." in "".join(words[part]):
        continue
    rows = [found[part][number * SIZE : number * SIZE + SIZE] for number in range(SIZE)]
    d = rows[PLACE][PLACE]
    b, c = sum(row[PLACE] for row in rows) - d, sum(rows[PLACE]) - d
    a = sum(found[part]) - b - c - d
    sides = (a + b) * (c + d) * (a + c) * (b + d)
    if abs(a + b + c + d - TOTAL) <= TOTAL / 4 and sides and ROWS * (a * d - b * c) ** 2 > 9 * sides:
        sys.exit(f"good without a model: {a:g} {b:g} {c:g} {d:g}")
