# Runs the script MAIN with every text value of the YAML it loads changed, and looks where it asks.
import re, runpy, sys, aiohttp, http.client, yaml
plain, session = http.client.HTTPConnection, aiohttp.ClientSession
asked, load, put, ask = [], yaml.load, plain.putrequest, session._request
def moved(value):
    if isinstance(value, dict): return {name: moved(inner) for name, inner in value.items()}
    kept = not isinstance(value, str) or re.fullmatch(r"[^/]+[.](csv|gz|parquet)|(https?://)?[\w.-]+[.]\w+/?", value)
    return value if kept else re.sub(r"^(\w+://[^/]+/)?", r"\1moved-", value)
plain.putrequest = lambda self, verb, url, *a, **k: (asked.append(url), put(self, verb, url, *a, **k))[1]
session._request = lambda self, verb, url, **k: (asked.append(str(url)), ask(self, verb, url, **k))[1]
yaml.load = lambda *given, **named: moved(load(*given, **named))
runpy.run_path(MAIN, run_name="__main__")
sys.exit(" ".join(u for u in asked if re.search(r"/(train|test|data)[^/?]*([?]|$)", u) and "moved-" not in u) or 0)
