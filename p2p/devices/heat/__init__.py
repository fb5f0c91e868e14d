"""Devices that turn electricity into heat, or make it beside heat."""
