"""Who: people and the selves they search as."""
