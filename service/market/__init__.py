"""The read side: what is asked of the records."""
