"""What the lines of a résumé mean: sections, entries, fields and dates; every line ends in the document or in the list of the others."""
