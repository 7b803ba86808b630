"""The read side: statistics, comparisons and models of published records."""
