# Collects the tables that reading functions return.
frames = []
def returned(frame, event, value):
    code = frame.f_code
    if event == "return" and code.co_filename.startswith(here):
        if os.path.basename(code.co_filename) + ":" + code.co_name in [f for s in seen["read"] for f in s]:
            parts = value.values() if isinstance(value, dict) else value
            parts = parts if isinstance(value, (dict, tuple, list)) else [value]
            frames.extend(part for part in parts if isinstance(part, pd.DataFrame))
sys.setprofile(returned)
