"""The generated sample: its model, drawing records from it, and loading them into a database."""

from seed.sample.records import load_sample, remove_sample, sample_batches

__all__ = ["load_sample", "remove_sample", "sample_batches"]
