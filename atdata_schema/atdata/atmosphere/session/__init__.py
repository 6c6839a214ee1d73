"""A login at an account's server.

tokens    what a login gave, and its text
keeping   where it is kept: the system's keyring, or a file that only the user can read
live      a session in use: refreshed when its token ends, by one process at a time
"""
