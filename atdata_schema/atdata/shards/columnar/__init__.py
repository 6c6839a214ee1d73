"""Many rows at once: from the mapped bytes of shards to columns, without an object a sample.

arena    shards mapped behind each other into one range of addresses
table    where every sample lies
windows  equal stretches of many rows as one matrix
codes    the type bytes of msgpack as tables
walk     where each field of many rows lies
columns  numbers, bytes and arrays of many rows
texts    texts of many rows
repeats  texts of which there are few
records  numbers of several columns side by side
buffers  batch arrays that are used again once nobody holds them
"""
