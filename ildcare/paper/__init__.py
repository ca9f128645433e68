"""Paper: sheets drawn by typst from data, in the reader's language."""
