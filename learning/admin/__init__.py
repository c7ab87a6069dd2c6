"""The admin of learning: catalogs with their import, courses with dead links, recommendations."""

from learning.admin import catalogs, recommendations

__all__ = ["catalogs", "recommendations"]
