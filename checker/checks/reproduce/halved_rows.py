# Reads every second row of what comes over the network, and looks whether the model learns from fewer.
import io, runpy, sys, pandas
MODELS
halved, rows = [], []
def half(read):
    def reading(source, *given, **named):
        table = read(source, *given, **named)
        if isinstance(source, io.StringIO) or isinstance(source, str) and "://" not in source:
            return table
        halved.append(len(table))
        return table[::2].reset_index(drop=True)
    return reading
def counted(fit):
    def call(self, X, *given, **named):
        rows.append(len(X))
        return fit(self, X, *given, **named)
    return call
pandas.read_csv, pandas.read_parquet = half(pandas.read_csv), half(pandas.read_parquet)
replace("fit", counted)
sys.path[0] = ""
runpy.run_path(PATH, run_name="__main__")
sys.exit(f"learned from {max(rows)} rows" if rows and max(rows) > max(halved, default=0) / 2 else 0)
