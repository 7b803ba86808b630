"""Data files of any format as blocks of rows of texts."""
