"""One module per rule kind. Adding one is a small file here, a line in `rules.catalog` and its test."""
