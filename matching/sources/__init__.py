"""Where postings come from: one small module a source, behind one protocol, registered in `registry.py`."""
