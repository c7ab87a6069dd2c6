"""Courses for staff: which links are dead, what each is said to teach, and the correction of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from learning.corrections import check_skill_names, correct_skills
from learning.links import ask_again
from learning.models import Course, CourseSkill
from personas.admin import ReadOnlyAdmin
from personas.forms import ListField
from personas.services import Gone, ValuesRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet


TOLD = [
    "catalog",
    "provider",
    "language",
    "level",
    "duration",
    "least_hours",
    "most_hours",
    "prerequisites",
    "topic",
    "license",
    "withdrawn_at",
    "link_state",
    "link_status",
    "link_checked_at",
    "link_due_at",
]


class CourseForm(forms.ModelForm):
    """What a course teaches, in the staff's words."""

    teaches = ListField(
        between=",",
        label=gettext_lazy("Teaches"),
        help_text=gettext_lazy(
            "Skills, one a line. What is added or taken away here stays as it is through every import."
        ),
    )

    class Meta:
        model = Course
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with what is known."""
        super().__init__(*args, **kwargs)
        taught = CourseSkill.objects.taught().filter(course=self.instance).order_by("skill_name", "pk")
        self.initial["teaches"] = list(taught.values_list("skill_name", flat=True))

    def clean_teaches(self) -> list[str]:
        """Refuse names that cannot be kept, at their field."""
        names: list[str] = self.cleaned_data["teaches"]
        try:
            check_skill_names(names)
        except ValuesRefused as refused:
            raise forms.ValidationError(refused.faults["teaches"]) from None
        return names


class TaughtFilter(admin.SimpleListFilter):
    """Courses of which a skill is known, or none."""

    title = gettext_lazy("skills")
    parameter_name = "taught"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Known or not."""
        return [("yes", gettext_lazy("known")), ("no", gettext_lazy("none known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Those of the choice."""
        known = CourseSkill.objects.taught().values("course_id")
        if self.value() == "yes":
            return queryset.filter(pk__in=known)
        return queryset.exclude(pk__in=known) if self.value() == "no" else queryset


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    """Courses with the state of their links and what they teach; dead ones are found by the filter."""

    form = CourseForm
    list_display = [
        "title",
        "provider",
        "catalog",
        "language",
        "level",
        "link_state",
        "link_status",
        "link_checked_at",
    ]
    list_select_related = ["catalog"]
    list_filter = ["link_state", TaughtFilter, "catalog", "level", "language"]
    search_fields = ["title", "provider", "url"]
    ordering = ["title", "pk"]
    actions = ["look_again"]
    readonly_fields = ["url", "title", "known_from", *TOLD]
    fieldsets = [
        (None, {"fields": ["title", "url", "teaches", "known_from"]}),
        (gettext_lazy("As its catalog tells it"), {"fields": tuple(TOLD)}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff, who may say what it teaches; everything else is its catalog's."""
        return self.has_view_permission(request, obj)

    @admin.display(description=gettext_lazy("known from"))
    def known_from(self, course: Course) -> str:
        """How each skill is known, and which are denied."""
        rows = CourseSkill.objects.filter(course=course).order_by("skill_name", "pk")
        return "; ".join(f"{row.skill_name}: {row.get_because_display()}" for row in rows) or "–"

    def save_model(self, request: HttpRequest, obj: Course, form: Any, change: bool) -> None:
        """Hand what was said to the service."""
        try:
            correct_skills(course=obj, names=form.cleaned_data["teaches"])
        except Gone:
            raise Http404 from None

    @admin.action(description=gettext_lazy("Look at these links again"), permissions=["view"])
    def look_again(self, request: HttpRequest, courses: QuerySet[Course]) -> None:
        """Make links due, so that the next look takes them."""
        number = ask_again(courses=courses, now=timezone.now())
        messages.success(request, _("%(number)s links are looked at again soon.") % {"number": number})
