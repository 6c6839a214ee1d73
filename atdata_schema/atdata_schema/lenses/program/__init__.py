"""The intermediate form of a lens: frozen data, the same for text, record, compiler and interpreter."""
