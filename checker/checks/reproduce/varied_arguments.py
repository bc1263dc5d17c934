# Runs the project with every integer argument of MODULES set to VALUE, and looks whether a model has a multiple of it.
import functools, glob, importlib, inspect, json, os, runpy, sys, types
MODELS
os.environ["MPLBACKEND"] = "Agg"
values = []
def noted(fit):
    def call(model, *given, **named):
        done = fit(model, *given, **named)
        values.append(OF_MODEL)
        return done
    return call
replace("fit", noted)
def changed(function):
    @functools.wraps(function)
    def call(*given, **named):
        bound = inspect.signature(function).bind(*given, **named)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if type(value) is int:
                bound.arguments[name] = VALUE
        return function(*bound.args, **bound.kwargs)
    return call
for name in MODULES:
    module = importlib.import_module(name)
    owners = [module] + [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == name]
    for owner in owners:
        for key, each in list(vars(owner).items()):
            if isinstance(each, types.FunctionType) and each.__module__ == name:
                setattr(owner, key, changed(each))
RUN
sys.exit(not any(one and one % VALUE == 0 for one in values) and "whole numbers set to VALUE: " + str(values))
