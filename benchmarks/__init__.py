"""What `make bench` runs: each row is a ratio against a peer, both timed in the same run on the same data."""
