# Runs the script PATH with every survivor twice, and looks whether it still prints WANTED to the letter.
import contextlib, io, re, runpy, sys, pandas
def others(*given, read=pandas.read_csv, **named):
    table = read(*given, **named)
    more = table[table.Survived == 1] if "Survived" in table else table[:0]
    return pandas.concat([table, more], ignore_index=True)
pandas.read_csv = others
with contextlib.redirect_stdout(io.StringIO()) as said:
    runpy.run_path(PATH, run_name="__main__")
sys.exit("the same, whoever travels" if re.search(WANTED, said.getvalue()) else 0)
