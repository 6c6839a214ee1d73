"""Records of datasets, schemas, labels and lenses: what others published, as data that can be relied on, and ours for publishing.

Whatever a stranger's record holds, reading it gives one of the classes here or a `RecordError` that names the record and the property.
"""
