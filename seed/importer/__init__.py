"""Importing CSV files by declarative mappings."""
