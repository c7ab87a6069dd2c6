"""Measurements of Relevnt on real postings."""
