"""How every figure looks, and how it becomes a file: one palette, one size, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2p.base.errors import Fault, FileInvalid
from p2p.base.files import whole_file
from p2p.plots.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

#: One colour a notion, everywhere. M. Okabe and K. Ito, "Color Universal Design", 2008: told apart by all kinds of sight.
COLOURS = {
    "local": "#0072B2",
    "retail": "#D55E00",
    "feed_in": "#009E73",
    "national": "#B0568F",  # a shade darker than theirs, for thin lines on white
    "import": "#D55E00",
    "export": "#009E73",
    "load": "#333333",
    "generation": "#E69F00",
    "storage": "#56B4E9",
    "without": "#8C8C8C",
    "limit": "#333333",
    "line": "#7F93BF",
    "transformer": "#26324D",
    "bad": "#D55E00",
}
WIDTH = 9.0  # inches; the report is as wide
INK = "#333333"
LOOK: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.xmargin": 0,
    "axes.formatter.useoffset": False,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.3,
    "lines.solid_joinstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "p2p",
    "svg.fonttype": "path",
    "savefig.dpi": 150,
}


def look() -> AbstractContextManager[Any]:
    """The settings under which figures are drawn and saved, whatever the user's own are; put back afterwards."""
    from matplotlib import style

    context: AbstractContextManager[Any] = style.context(["default", LOOK])
    return context


def drawn[**P](draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """A drawing function that draws under `look`."""

    @wraps(draw)
    def under_look(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with look():
            return draw(*args, **kwargs)

    return under_look


def canvas(height: float = 3.0, **grid: Any) -> tuple[Figure, Any]:
    """A figure of the report's width and its axes, as `Figure.subplots` gives them; `height` in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(**grid)


def legend(axes: Axes, **options: Any) -> None:
    """A legend above the axes, in one row, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place: dict[str, Any] = {
            "loc": "lower left",
            "bbox_to_anchor": (0, 1.0),
            "ncols": len(labels),
            "borderaxespad": 0.2,
            "handlelength": 1.6,
        }
        axes.legend(handles, labels, **(place | options))


def commas(axis: Axis) -> None:
    """Ticks as people read large numbers: 12,000."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 9)))


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure; the ending says as what: .png, .svg or .pdf. The same figure gives the same bytes.

    Raises
    ------
    FileInvalid
        The ending is no format for a figure, or the folder can't be written.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    undated = {"png": {"Software": None}, "svg": UNDATED, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}
    if kind not in undated:
        raise FileInvalid(Fault(str(path), f"'{path.suffix}' is no format for a figure", "allowed: .png, .svg, .pdf"))
    with whole_file(path) as draft, look():
        figure.savefig(draft, format=kind, metadata=undated[kind])
    return path


UNDATED: dict[str, str | None] = {"Creator": None, "Date": None, "Format": None, "Type": None}


def svg(figure: Figure, name: str, words: str = "") -> str:
    """A figure as an SVG element to put into a page.

    Parameters
    ----------
    figure : the figure.
    name : put before all its inner names, so that two figures on a page don't mix; letters, digits and _.
    words : what it shows, for those who can't see it; plain text.
    """
    from xml.sax.saxutils import escape

    drawn_as = io.BytesIO()
    with look():
        figure.savefig(drawn_as, format="svg", metadata=UNDATED)
    text = drawn_as.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r' width="[\d.]+pt"| height="[\d.]+pt"', "", text, count=2)  # as wide as the page
    opening, _, rest = text.partition(">")
    rest = re.sub(r'(?:(?<= [dxy]=")|(?<=translate\())[^")]+', lambda place: re.sub(r"-?\d+\.\d\d+", _to_tenths, place[0]), rest)
    return f'{opening} role="img"><title>{escape(words)}</title>{rest}'


def _to_tenths(digits: re.Match[str]) -> str:
    """A coordinate to a tenth of a point: nobody sees more, and files are half as large."""
    return f"{float(digits[0]):.1f}".removesuffix(".0")
