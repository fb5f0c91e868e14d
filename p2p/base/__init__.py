"""Columns, units, clock, streams, errors, registry, files, solve: what everything stands on."""
