# Executes the notebook PATH in FOLDER, and fails by errors that end no cell.
import re, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(PATH, as_version=4)
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
for cell in cells:
    cell.metadata.pop("tags", None)
for number in QUIET:  # magics that keep errors quiet
    source = re.sub(r"--no-r\S*|(?m:^\s*%debug )", "", cells[number - 1].source).lstrip()
    runs = not source.startswith("%%") or re.match(r"%%(script.*\b)?(python|pypy)", source)
    cells[number - 1].source = source if runs else "# " + source
notebook.cells.insert(0, nbformat.v4.new_code_cell("\n".join([
    "import asyncio as _asyncio",
    "_lost = []",
    "_asyncio.get_running_loop().set_exception_handler(lambda loop, context: _lost.append(context))",
])))
notebook.cells.append(nbformat.v4.new_code_cell("\n".join([
    "import gc, threading",
    "for _one in threading.enumerate():",
    "    if not _one.daemon and _one is not threading.main_thread(): _one.join(9)",
    "await _asyncio.sleep(1)",
    "gc.collect()",
    "_tasks = [one for one in gc.get_objects() if isinstance(one, _asyncio.Task) and one.done()]",
    "_lost += [one for one in _tasks if not one.cancelled() and one._log_traceback]",
    "assert not _lost, _lost",
])))
NotebookClient(notebook, kernel_name="python3", force_raise_errors=True,
               resources={"metadata": {"path": FOLDER}}).execute()
outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
said = "".join(output.get("text", "") for output in outputs)
errors = [output.ename for output in outputs if output.output_type == "error"]
sys.exit(", ".join(errors + re.findall("Exception in thread.*", said)) or 0)
