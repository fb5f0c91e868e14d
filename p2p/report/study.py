"""The report of a study: a question, what came of it, tables and figures, in one file that opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from p2p.base.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sheet:
    """A table as it is shown: headings, and rows of texts; the first column names the row."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Part:
    """A part of the page: a table, a figure, or both.

    caption : of the figure, with numbers
    """

    heading: str
    intro: str = ""
    table: Sheet | None = None
    figure: Figure | None = None
    caption: str = ""


@dataclass(frozen=True)
class Study:
    """What a study says.

    question : one sentence; answer : a few, with numbers; made_by : the command and what it ran
    """

    title: str
    question: str
    answer: Sequence[str] = ()
    parts: Sequence[Part] = ()
    made_by: str = ""


def write_study(study: Study, path: str | Path) -> Path:
    """Write the report of a study; the same study gives the same bytes.

    Returns
    -------
    Where the page is.

    Raises
    ------
    FileInvalid
        The page can't be written.
    """
    from markupsafe import Markup

    from p2p.plots import svg
    from p2p.report.page import rendered

    parts = [
        {
            "heading": part.heading,
            "intro": part.intro,
            "table": part.table,
            "caption": part.caption,
            "picture": "" if part.figure is None else Markup(svg(part.figure, f"part_{number}", part.heading)),
        }
        for number, part in enumerate(study.parts)
    ]
    path = Path(path)
    with whole_file(path) as draft:
        draft.write_text(rendered("study.html", study=study, parts=parts), encoding="utf-8", newline="\n")
    return path
