"""Field codecs, one for each kind: what a value may be, how it is stored, how many of it make a column."""
