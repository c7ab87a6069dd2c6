"""The coaches' part of the admin; importing a module of it registers its pages."""

from coaching.admin import clients, cohorts, desk, invitations, relationships, suggestions

__all__ = ["clients", "cohorts", "desk", "invitations", "relationships", "suggestions"]
