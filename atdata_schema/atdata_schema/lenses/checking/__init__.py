"""Types, coverage, footprints and laws of a lens: what must hold before any data is touched."""
