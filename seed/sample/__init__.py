"""The made-up sample: its model, how records are drawn from it, and how they get into and out of a database."""

from seed.sample.records import load_sample, remove_sample, sample_batches

__all__ = ["load_sample", "remove_sample", "sample_batches"]
