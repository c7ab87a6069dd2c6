"""The admin of learning: catalogs with their import, courses with what they teach and dead links, what people see of it."""

from learning.admin import catalogs, courses, recommendations

__all__ = ["catalogs", "courses", "recommendations"]
