"""Tags of the pages of jobs."""
