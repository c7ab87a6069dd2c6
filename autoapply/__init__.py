"""What we do about it: standing rules, careful hands, an honest log."""
