"""Downloads: the published records as files, and their descriptions for catalogues of data sets."""
