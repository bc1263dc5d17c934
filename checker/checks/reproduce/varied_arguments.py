# Runs the project with every integer argument of MODULES set to VALUE, and counts the trees of its forests.
import functools, glob, importlib, inspect, json, os, runpy, sys, types
from sklearn.ensemble import RandomForestClassifier as Forest
os.environ["MPLBACKEND"] = "Agg"
trees, fit = [], Forest.fit
def counted(forest, *given, **named):
    done = fit(forest, *given, **named)
    trees.append(len(forest.estimators_))
    return done
Forest.fit = counted
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
sys.exit(not any(count % VALUE == 0 for count in trees) and "whole numbers set to VALUE, trees: " + str(trees))
