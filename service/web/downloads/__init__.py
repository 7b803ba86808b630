"""The published records as files, and what is told of them to catalogues of data sets."""
