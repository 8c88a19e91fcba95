"""Runs docs/tutorial.ipynb on the sample logs and writes what its cells print, and nothing else.

Run it with `make docs` after changing a cell; a test holds the notebook to what it would write.
"""

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

TUTORIAL = Path(__file__).parent / "tutorial.ipynb"
SECONDS = 300


def executed() -> str:
    """The text of the notebook with the outputs that its cells have now."""
    notebook = nbformat.read(TUTORIAL, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(TUTORIAL.parent)}},
    )
    client.execute()
    notebook.metadata = {"language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [_clean(output) for output in cell.outputs]
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text + "\n"


def _clean(output: Any) -> Any:
    output.pop("metadata", None)
    if output.output_type == "execute_result":
        return nbformat.v4.new_output("execute_result", output.data)  # type: ignore[no-untyped-call]
    return output


if __name__ == "__main__":
    TUTORIAL.write_text(executed(), encoding="utf-8")
