"""A page from the results of a run: one file that opens without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from p2p.base.files import whole_file
from p2p.report.study import Part, Sheet, Study, write_study

if TYPE_CHECKING:
    from p2p.results import Results

__all__ = ["Part", "Sheet", "Study", "write_report", "write_study"]


def write_report(results: Results, path: str | Path | None = None) -> Path:
    """Write the report of a run; the same results give the same bytes.

    Parameters
    ----------
    results : what the run left.
    path : where the page goes; `report.html` in the results folder where nothing is given.

    Returns
    -------
    Where the page is.

    Raises
    ------
    FileInvalid
        The results have no bills or intervals, or the page can't be written.
    """
    from p2p.report.page import page

    text = page(results)
    path = results.folder / "report.html" if path is None else Path(path)
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    return path
