# Replaces a method of the models of CLASSES, and of their subclasses where a class lacks it.
import importlib
def having(method, kind):
    if hasattr(kind, method):
        return [kind]
    return [one for below in kind.__subclasses__() for one in having(method, below)]
def replace(method, around):
    for module, _, name in (each.rpartition(".") for each in CLASSES):
        for owner in having(method, getattr(importlib.import_module(module), name)):
            setattr(owner, method, around(getattr(owner, method)))
