"""Shards of other WebDataset writers: a sample is the members that share a key, one field an extension."""
