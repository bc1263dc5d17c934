# Collects the columns that are assigned inside and outside of functions.
inside, outside = set(), set()
plain = pd.DataFrame.__setitem__
def assign(table, key, value):
    caller = next(f.filename for f in inspect.stack(0)[1:] if "/pandas/" not in f.filename)
    if "site-packages" not in caller:
        names = [key] if isinstance(key, str) else key if isinstance(key, list) else []
        (inside if stack() else outside).update(names)
    return plain(table, key, value)
pd.DataFrame.__setitem__ = assign
