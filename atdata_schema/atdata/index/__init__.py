"""The Index: datasets with names and versions, their schemas, and where their shards lie."""
