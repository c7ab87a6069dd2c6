"""The whole sending machine under everything that can befall it, counted by what employers really received."""
