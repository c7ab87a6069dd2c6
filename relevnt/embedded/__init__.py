"""Everything `./run` starts by itself: where it lives, the database and broker servers, the database roles."""
