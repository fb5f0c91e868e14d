"""Markets that are held once a day: orders over several intervals."""
