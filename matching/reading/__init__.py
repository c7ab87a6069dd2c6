"""Pure readers of a posting: what it asks for, out of its words alone."""
