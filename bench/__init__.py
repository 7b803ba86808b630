"""Benchmarks and validation: `make bench`, `make validate`, `make screening`, `make estimates`, `make soak`."""
