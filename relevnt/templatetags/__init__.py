"""Template tags of every page: pictures drawn on the server, numbers and dates in words."""
