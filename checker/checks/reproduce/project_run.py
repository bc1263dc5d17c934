# The main script MAIN, or else the first notebook, cell after cell.
if os.path.exists(MAIN):
    runpy.run_path(MAIN, run_name="__main__")
else:
    from IPython.core.interactiveshell import InteractiveShell
    path = (glob.glob("notebooks/*.ipynb") + glob.glob("**/*.ipynb", recursive=True))[0]
    cells = json.load(open(path, encoding="utf-8"))["cells"]
    os.chdir(os.path.dirname(path) or ".")
    shell = InteractiveShell.instance()
    shell.enable_gui = lambda *given: None
    for cell in cells:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
