"""The story of a newcomer, in a real browser."""
