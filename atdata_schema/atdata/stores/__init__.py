"""Where the shards of managed datasets lie: a contract, and the local disk and S3 behind it."""
