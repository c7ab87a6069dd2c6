"""Résumé reading: what a file is, what it says, and nothing that it does not say."""
