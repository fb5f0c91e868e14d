"""The public names, their documentation and the examples in it."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import p2p

PUBLIC = {
    "Clearing", "DEVICES", "DSO_REGIMES", "Grid", "KPIS", "Known", "Limits", "MECHANISMS", "NATIONAL", "Orders", "Outside", "Preferences",
    "REGIMES", "Results", "STRATEGIES", "Scenario", "Surroundings", "Trades", "clear", "load", "power_flow", "read_grid", "run",
    "write_grid",
}  # fmt: skip
REGISTRIES = sorted(name for name in PUBLIC if name.isupper())
MODULES = sorted(module.name for module in pkgutil.walk_packages(p2p.__path__, "p2p.") if not module.name.endswith("__main__"))


def test_the_public_names_are_these():
    assert set(p2p.__all__) == PUBLIC == set(dir(p2p))
    assert len(p2p.__all__) == len(PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        p2p.nothing  # noqa: B018


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_there_and_documented(name):
    found = getattr(p2p, name)
    if name in REGISTRIES:
        assert found
        assert all(isinstance(key, str) and key for key in found)
        return
    assert inspect.getdoc(found)
    assert found.__module__.startswith("p2p.")
    for key, member in vars(found).items() if inspect.isclass(found) else ():
        if not key.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod)):
            assert inspect.getdoc(member), f"{name}.{key}"


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module):
    found = importlib.import_module(module)
    assert found.__doc__
    assert doctest.testmod(found).failed == 0


def test_the_examples_of_the_package_run():
    result = doctest.testmod(p2p)
    assert result.attempted >= 3
    assert result.failed == 0


def test_import_costs_nothing():
    code = "import sys, p2p; print(sorted({'numpy', 'mesa', 'numba', 'pandas', 'pydantic', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("p2p.cli.app", "numpy"), ("p2p.scenario", "mesa"), ("p2p.model", "pandapower"), ("p2p.build.build", "pandapower")],
)
def test_what_needs_nothing_heavy_imports_nothing_heavy(module, heavy):
    code = f"import sys, {module}; print('{heavy}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
