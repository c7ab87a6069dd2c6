"""What an operator runs by hand for personas."""
