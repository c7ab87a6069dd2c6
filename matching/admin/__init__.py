"""Jobs and where they come from, for staff; jobs are written by ingest alone."""

from matching.admin import jobs, sources

__all__ = ["jobs", "sources"]
