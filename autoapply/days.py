"""The days of the week as rules name them."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
