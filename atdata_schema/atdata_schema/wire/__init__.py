"""How values stand on the wire: `.npy` payloads and msgpack rows (FORMATS, section 2)."""
