# Runs the script PATH with every row of the POSITIVE value of TARGET twice, and looks whether it prints WANTED again.
import contextlib, io, re, runpy, sys, pandas
def others(*given, read=pandas.read_csv, **named):
    table = read(*given, **named)
    more = table[table[TARGET] == POSITIVE] if TARGET in table else table[:0]
    return pandas.concat([table, more], ignore_index=True)
pandas.read_csv = others
with contextlib.redirect_stdout(io.StringIO()) as said:
    runpy.run_path(PATH, run_name="__main__")
sys.exit("the same, whatever is read" if re.search(WANTED, said.getvalue()) else 0)
