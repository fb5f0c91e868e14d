"""Sources: readers of real inputs, into the nouns."""
