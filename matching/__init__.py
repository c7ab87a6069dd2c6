"""What fits: jobs in, scores out."""
