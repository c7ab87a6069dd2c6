"""Tags of the coaches' pages."""
