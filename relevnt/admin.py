"""The admin site: for staff and for coaches, for our own tables alone. A coach's first page is the desk; staff open a
person's rows by stating a reason."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.base import ModelBase
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching import staff_looks
from personas.models import User
from personas.second_factor import lacks_second_factor
from personas.services import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

OUR_APPS = ("personas", "matching", "autoapply", "learning", "coaching")
# Django's own pages that nobody needs here: passwords are changed on the account page, no field completes itself, and no
# row has another address.
LEFT_OUT = ("password_change", "password_change_done", "autocomplete", "view_on_site")

# Named, not imported: the coaches' pages register with this very site while they load.
DESK = "coaching.admin.desk.desk_view"


class ReasonForm(forms.Form):
    """Why somebody looks at a person's rows."""

    reason = forms.CharField(
        label=gettext_lazy("Why you need to look"),
        help_text=gettext_lazy("The person reads this beside your name."),
        error_messages={"required": gettext_lazy("Say why: the person reads it beside your name.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RelevntAdminSite(AdminSite):
    """The admin that staff and coaches sign in to; each of its pages still asks what they may see."""

    site_header = "Relevnt"
    site_title = "Relevnt"
    index_title = gettext_lazy("Overview")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only: those of borrowed apps (groups, e-mail addresses) are no page of ours."""
        models: Iterable[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        )
        super().register([m for m in models if m._meta.app_label in OUR_APPS], admin_class, **options)  # noqa: SLF001

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff and coaches may come in."""
        user = request.user
        return bool(user.is_active and (getattr(user, "is_staff", False) or getattr(user, "is_coach", False)))

    def get_urls(self) -> list[Any]:
        """Django's pages without those that nobody needs, and the two by which staff open and close a person's rows."""
        ours = [
            path("desk/", self.admin_view(self.desk), name="desk"),
            path(
                "personas/user/<uuid:person_id>/look/", self.admin_view(self.state_reason), name="staff_look"
            ),
            path("looks/close/", self.admin_view(self.close_look), name="staff_look_close"),
        ]
        return ours + [each for each in super().get_urls() if getattr(each, "name", "") not in LEFT_OUT]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a page, ask for the second factor that its readers need, and open to staff who stated a reason the rows that it shows."""
        guarded = super().admin_view(_looking(view), cacheable)

        @wraps(guarded)
        def asking_for_a_factor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request) and lacks_second_factor(request.user):
                messages.warning(request, _("Coaches and staff need a second factor. Add one to go on."))
                return redirect("mfa_index")
            answer: HttpResponse = guarded(request, *args, **kwargs)
            return answer

        return asking_for_a_factor

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows: also whose rows are open to the staff who ask."""
        return {**super().each_context(request), "staff_look": staff_looks.current(request)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """What there is for staff; for a coach who is not of the staff, the desk."""
        return super().index(request, extra_context) if _is_staff(request) else self.desk(request)

    def desk(self, request: HttpRequest) -> HttpResponse:
        """A coach's clients, for coaches alone."""
        shown: HttpResponse = import_string(DESK)(request)
        return shown

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The pages of one room, for staff; a coach's way is the desk."""
        if not _is_staff(request):
            raise PermissionDenied
        return super().app_index(request, app_label, extra_context)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one sign-in page, whose limits on guessing hold here too."""
        index = reverse("admin:index")
        if self.has_permission(request):
            return redirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(index)

    # --- staff and people's rows ----------------------------------------------------------------------------------

    def state_reason(self, request: HttpRequest, person_id: UUID) -> HttpResponse:
        """Ask staff why, then open a person's rows to them for half an hour."""
        if not _is_staff(request):
            raise PermissionDenied
        person = get_object_or_404(User, pk=person_id)
        if person.pk == request.user.pk:
            raise Http404
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                staff_looks.begin(request, person=person, reason=form.cleaned_data["reason"])
            except Refused as refused:
                form.add_error("reason", [str(each) for each in refused.faults.get("reason", ())])
            else:
                said = _("The rows of %(who)s are open to you for half an hour. Open a list below.")
                messages.success(request, said % {"who": person.email})
                return redirect("admin:index")
        context = {**self.each_context(request), "person": person, "form": form, "title": person.email}
        return TemplateResponse(request, "admin/staff_look.html", context)

    def close_look(self, request: HttpRequest) -> HttpResponse:
        """Open nobody's rows any more."""
        if not _is_staff(request) or request.method != "POST":
            raise PermissionDenied
        staff_looks.end(request)
        messages.success(request, _("Closed. You see your own rows alone."))
        return redirect("admin:index")


def _looking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a model as staff who stated a reason see it; the coaches' pages, of proxies, open their own looks."""
    model = getattr(getattr(view, "__self__", None), "model", None)
    options = cast("Any", model)._meta if model is not None else None  # noqa: SLF001  Django's own way to ask
    if options is None or options.proxy:
        return view

    @wraps(view)
    def looking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # What is changed here is the staff's own: a row of somebody else is only ever looked at.
        reads = request.method in {"GET", "HEAD"}
        opened = reads and staff_looks.open_rows(
            request, table=options.db_table, object_id=kwargs.get("object_id")
        )
        response = view(request, *args, **kwargs)
        if opened and response.status_code != 200:
            # Nothing was shown, so nothing was looked at.
            transaction.set_rollback(True)
        return response

    return looking


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))
