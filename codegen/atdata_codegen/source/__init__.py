"""JSON documents that remember where each of their values stands, and the folders they come from."""
