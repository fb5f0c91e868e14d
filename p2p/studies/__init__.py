"""Studies: many runs, and how fast they go."""
