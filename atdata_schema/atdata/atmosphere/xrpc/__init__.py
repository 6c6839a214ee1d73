"""Calls to one server, by XRPC: GET for queries, POST for procedures, errors as JSON.

secrets    texts that nothing shows
waits      how long a server asks to wait
failures   what went wrong, in words that are safe to show
asking     a GET that follows redirects where that is safe
trying     requests made again, and with a new token
upload     what is sent
messages   what is said and answered, as JSON
client     `Xrpc`
"""
