"""Heat pumps and the buildings that they heat."""
