"""What an operator runs by hand for matching."""
