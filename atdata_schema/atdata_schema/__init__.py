"""What a sample type is, and how one sample becomes bytes.

The kernel knows no network, no database and no tar file. Generated code imports `atdata_schema.v1` and
nothing else of it.
"""
