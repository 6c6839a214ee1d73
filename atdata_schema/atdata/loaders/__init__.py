"""Batches made ahead, in threads or processes, and given to other libraries.

loader          what `Dataset.loader` returns
pieces          how an epoch is cut into what one worker makes at a time
threads         workers that are threads
processes       workers that are processes, seen from the one that asks
worker          the same, seen from within
waiting         workers between epochs
ring            anonymous memory that the processes share
handed          batches as bytes in that memory
kept_rings      such memory of the workers of a `DataLoader`, kept between epochs
sent            batches of tensors that a worker of a `DataLoader` sends
torch_batches   what `Dataset.torch` returns
torch_loader    a `DataLoader` that knows where it stands
pipeline        what `Dataset.webdataset` returns
"""
