"""Tags of the pages of auto-apply."""
