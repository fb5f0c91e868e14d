"""Devices that keep heat in a tank or a core: water boilers, night storage heaters, and cogeneration with a buffer."""
