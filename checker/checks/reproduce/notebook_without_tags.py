# Executes the notebook PATH in FOLDER without the tags of its cells.
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(PATH, as_version=4)
for cell in notebook.cells:
    cell.metadata.pop("tags", None)
NotebookClient(notebook, kernel_name="python3", force_raise_errors=True,
               resources={"metadata": {"path": FOLDER}}).execute()
