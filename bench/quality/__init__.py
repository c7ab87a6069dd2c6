"""How well postings are read: every reader against labelled data, as one table (`make quality`)."""
