# Executes the notebook PATH in FOLDER, and fails where a cell before the last ends the kernel.
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(PATH, as_version=4)
def executed(cell, cell_index, execute_reply):
    asked = [one["source"] for one in execute_reply["content"]["payload"]]
    later = [one for one in notebook.cells[cell_index + 1:] if one.cell_type == "code" and one.source.strip()]
    if "ask_exit" in asked and later:
        raise SystemExit(f"cell {cell_index + 1} ends the kernel")
NotebookClient(notebook, kernel_name="python3", force_raise_errors=True, on_cell_executed=executed,
               resources={"metadata": {"path": FOLDER}}).execute()
