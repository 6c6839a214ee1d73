"""Lenses over batches: columns in, columns out, by the same operators as for samples."""
