"""The bytes of a file, wherever it lies: one contract for files, https and S3.

place     where a file lies that is not local, without anything secret to be seen
source    the contract
together  many ranges of many sources at once
retrying  how often, and after which waits, a request is made again
ranged    what sources over a network have in common
addresses  which addresses strangers may send us to
pace      how slowly a server may answer
network   connections: pooled, on their own after fork, kept off addresses that they must not reach
redirects  those that may be followed
file, https, s3   the sources
opening   a place becomes a source
s3_listing   the names in a bucket
"""
