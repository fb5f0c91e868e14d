"""The grids that have a name: SimBench codes and the distribution grids that pandapower ships."""

from __future__ import annotations

#: Our name, the function in pandapower.networks, its arguments, what it is.
PANDAPOWER: dict[str, tuple[str, dict[str, object], str]] = {
    "case33bw": ("case33bw", {}, "33 buses, 12.66 kV, Baran and Wu 1989"),
    "cigre_lv": ("create_cigre_network_lv", {}, "CIGRE low-voltage benchmark, residential, industrial and commercial feeder"),
    "cigre_mv": ("create_cigre_network_mv", {}, "CIGRE medium-voltage benchmark"),
    "cigre_mv_pv_wind": ("create_cigre_network_mv", {"with_der": "pv_wind"}, "CIGRE medium-voltage benchmark with PV and wind"),
    "cigre_mv_all": ("create_cigre_network_mv", {"with_der": "all"}, "CIGRE medium-voltage benchmark with PV, wind, CHP, batteries"),
    "kerber_landnetz_freileitung_1": ("create_kerber_landnetz_freileitung_1", {}, "Kerber, rural overhead line, 13 loads"),
    "kerber_landnetz_freileitung_2": ("create_kerber_landnetz_freileitung_2", {}, "Kerber, rural overhead line, 8 loads"),
    "kerber_landnetz_kabel_1": ("create_kerber_landnetz_kabel_1", {}, "Kerber, rural cable, 8 loads"),
    "kerber_landnetz_kabel_2": ("create_kerber_landnetz_kabel_2", {}, "Kerber, rural cable, 14 loads"),
    "kerber_dorfnetz": ("create_kerber_dorfnetz", {}, "Kerber, village, 57 loads"),
    "kerber_vorstadtnetz_kabel_1": ("create_kerber_vorstadtnetz_kabel_1", {}, "Kerber, suburb, 146 loads"),
    "kerber_vorstadtnetz_kabel_2": ("create_kerber_vorstadtnetz_kabel_2", {}, "Kerber, suburb, 144 loads"),
    "kb_extrem_landnetz_freileitung": ("kb_extrem_landnetz_freileitung", {}, "Kerber, extreme rural overhead line, 26 loads"),
    "kb_extrem_landnetz_kabel": ("kb_extrem_landnetz_kabel", {}, "Kerber, extreme rural cable, 26 loads"),
    "kb_extrem_landnetz_freileitung_trafo": ("kb_extrem_landnetz_freileitung_trafo", {}, "Kerber, the same, weak transformer"),
    "kb_extrem_landnetz_kabel_trafo": ("kb_extrem_landnetz_kabel_trafo", {}, "Kerber, extreme rural cable, weak transformer"),
    "kb_extrem_dorfnetz": ("kb_extrem_dorfnetz", {}, "Kerber, extreme village, 58 loads"),
    "kb_extrem_dorfnetz_trafo": ("kb_extrem_dorfnetz_trafo", {}, "Kerber, extreme village, 117 loads, weak transformer"),
    "kb_extrem_vorstadtnetz_1": ("kb_extrem_vorstadtnetz_1", {}, "Kerber, extreme suburb, 145 loads"),
    "kb_extrem_vorstadtnetz_2": ("kb_extrem_vorstadtnetz_2", {}, "Kerber, extreme suburb, 145 loads, thicker cable"),
    "kb_extrem_vorstadtnetz_trafo_1": ("kb_extrem_vorstadtnetz_trafo_1", {}, "Kerber, extreme suburb, 191 loads, weak transformer"),
    "kb_extrem_vorstadtnetz_trafo_2": ("kb_extrem_vorstadtnetz_trafo_2", {}, "Kerber, extreme suburb, 192 loads, weak transformer"),
    "lv_schutterwald": ("lv_schutterwald", {}, "Schutterwald, 14 low-voltage areas with 1506 loads, weakly meshed"),
    "mv_oberrhein": ("mv_oberrhein", {}, "Upper Rhine, medium voltage, two substations, 147 loads"),
    "panda_four_load_branch": ("panda_four_load_branch", {}, "four loads on one low-voltage branch"),
    "four_loads_with_branches_out": ("four_loads_with_branches_out", {}, "four loads on branch lines"),
    "simple_four_bus_system": ("simple_four_bus_system", {}, "two loads and two PV plants at low voltage"),
    "simple_mv_open_ring_net": ("simple_mv_open_ring_net", {}, "an open medium-voltage ring with five loads"),
    **{
        f"synthetic_lv_{area}": ("create_synthetic_voltage_control_lv_network", {"network_class": area}, f"Lindner et al. 2016, {area}")
        for area in ("rural_1", "rural_2", "village_1", "village_2", "suburb_1")
    },
}

_LEVELS = {
    "LV": ("rural1", "rural2", "rural3", "semiurb4", "semiurb5", "urban6"),
    "MV": ("rural", "semiurb", "urban", "comm"),
}
_SCENARIOS = {"0": "today", "1": "with PV, storages and electric cars", "2": "with more of them"}
_SWITCHES = {"sw": "", "no_sw": ", switches left out"}
_WORDS = {"LV": "low voltage", "MV": "medium voltage"}

#: SimBench codes of single low- and medium-voltage grids and what they are.
SIMBENCH: dict[str, str] = {
    f"1-{level}-{area}--{scenario}-{switches}": f"SimBench {_WORDS[level]}, {area}, {when}{left_out}"
    for level, areas in _LEVELS.items()
    for area in areas
    for scenario, when in _SCENARIOS.items()
    for switches, left_out in _SWITCHES.items()
}

#: Every grid that is read by its name. A medium-voltage grid with low-voltage ones (1-MVLV-rural-1.108-0-sw) is read too.
GRIDS: dict[str, str] = {name: words for name, (_, _, words) in PANDAPOWER.items()} | SIMBENCH
