"""Résumés out of the house: pure, each format in a module."""
