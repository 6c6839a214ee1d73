"""Indexes of the earlier release, `forecast-bio/atdata` 0.3 to 0.7: read, and taken into an Index of ours."""
