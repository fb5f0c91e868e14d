"""Imports point down: no module knows one that stands above or beside it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "p2p"

LAYERS = [
    {"base"},
    {"grid", "devices", "orders"},
    {"sources"},
    {"regulation", "flexibility"},
    {"markets", "settlement"},
    {"operators", "behaviour"},
    {"coordination"},
    {"platforms", "sections"},
    {"agents", "results", "scenario"},
    {"recording"},
    {"model", "kpis"},
    {"build", "plots", "bookkeeping"},
    {"report"},
    {"running", "testing"},
    {"studies", "env"},
    {"cli", "view"},
]
LEVEL = {package: level for level, packages in enumerate(LAYERS) for package in packages}

#: who may import what at all
HOMES = {
    "mesa": {"agents", "model", "view"},
    "cvxpy": {"base.solve"},
    "networkx": {"grid"},
    "pandapower": {"sources"},
    "simbench": {"sources"},
    "pandas": {"sources", "results", "report", "plots", "orders.frames"},
    "matplotlib": {"plots"},
    "numba": {"base.compiled"},
    "highspy": {"base.solve"},
    "gymnasium": {"env"},
    "pettingzoo": {"env"},
}


def imports(path):
    """Every module that a file imports, at its head or inside a function, but for type checking alone."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            if node.module == "p2p":
                yield from (f"p2p.{alias.name}" for alias in node.names)


FILES = sorted(path for path in ROOT.rglob("*.py") if path not in (ROOT / "__init__.py", ROOT / "__main__.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    own = module.partition(".")[0]
    assert own in LEVEL, f"{own} has no place in the layers"
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "p2p" and rest:
            other = rest.partition(".")[0]
            assert other == own or LEVEL[other] < LEVEL[own], f"{module} imports {name}, which is not below it"
        elif top in HOMES:
            assert any(module == home or module.startswith(home + ".") for home in HOMES[top]), f"{module} may not import {top}"
