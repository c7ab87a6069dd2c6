"""Wiring: settings, urls, clock, middleware; no rules."""
