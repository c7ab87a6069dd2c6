"""What to grow: which skill would open most doors."""
