"""A login at an account's server.

tokens        what a login gave, and its text
calls         the three calls: to begin, to go on, to end
private_file  a file that only its user can read
keyring       the keyring of the system
keeping       where sessions are kept
live          a session in use: refreshed when its token ends, by one process at a time
"""
