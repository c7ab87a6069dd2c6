"""Who helps, and what they may see."""
