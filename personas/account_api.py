"""The API's doors: signing in by session or key, and the account of whoever asks."""

from __future__ import annotations

from typing import Any, cast

from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.account.utils import has_verified_email
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from personas import closing, identity, retention, services, sessions
from personas.archives import MAX_BYTES, ArchiveRefused, read_archive
from personas.models import ApiToken, Retention, User
from personas.my_data import archive_name, export_everything
from personas.my_data_import import import_archive
from personas.paging import CursorPages
from personas.parsers import ArchiveParser, StrictJSONParser
from personas.problems import Problem
from personas.second_factor import check_code, has_second_factor
from personas.serializers import (
    ArchiveSerializer,
    ClosingSerializer,
    ImportedSerializer,
    IssuedTokenSerializer,
    MeSerializer,
    NewTokenSerializer,
    OpenSessionSerializer,
    PasswordSerializer,
    RetentionDueSerializer,
    RetentionSerializer,
    SessionSerializer,
    SignInSerializer,
    TokenSerializer,
)
from personas.tasks import tell_of_closing
from personas.throttles import FairShareThrottle
from personas.tokens import CHALLENGE, TokenScopeAllows, issue_token, revoke_token


class CsrfCheckedSession(SessionAuthentication):
    """A session whose changes need the CSRF token even before anybody is signed in, so that no other site signs one in."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The person of the session, if any; raises PermissionDenied without the CSRF token."""
        self.enforce_csrf(request)
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE


class SessionView(APIView):
    """The session of a browser."""

    authentication_classes = [CsrfCheckedSession]
    permission_classes = [AllowAny]
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="session_retrieve",
        summary="Who is signed in, and the CSRF token for changes",
        responses=SessionSerializer,
        auth=[],
        tags=["session"],
    )
    def get(self, request: Request) -> Response:
        """Answer visitors too: `user` is null then."""
        return _session(request)

    @extend_schema(
        operation_id="session_create",
        summary="Sign in with e-mail address and password",
        request=SignInSerializer,
        responses={201: SessionSerializer},
        auth=[],
        tags=["session"],
    )
    def post(self, request: Request) -> HttpResponse:
        """Set the session's cookie. An unknown address and a wrong password get the same answer."""
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        # Signing in writes as nobody yet: one person's session may end in another's beginning.
        identity.assume(None)
        form = _prove(request, **serializer.validated_data)
        identity.assume(form.user.pk)
        if has_second_factor(form.user):
            raise PermissionDenied(
                _("This account has a second factor: sign in on the page, or make a key with a code.")
            )
        identity.assume(None)
        form.login(request)
        if not request.user.is_authenticated:
            # Not raised: what the confirmation mail points at must be kept.
            return Problem(403, _confirm_first()).respond(request.path)
        # The page that is opened next need not greet for a sign-in that no page made.
        list(messages.get_messages(request))
        return _session(request, status=201)

    @extend_schema(
        operation_id="session_destroy",
        summary="Sign out",
        responses={204: None},
        auth=[{"cookieAuth": []}],  # type: ignore[list-item]
        tags=["session"],
    )
    def delete(self, request: Request) -> Response:
        """End the session; without one nothing happens."""
        get_adapter().logout(request)
        return Response(status=204)


@extend_schema_view(list=extend_schema(summary="Your keys, newest first"))
class TokenViewSet(mixins.ListModelMixin, GenericViewSet):
    """Keys to the API."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_permissions(self) -> Any:
        """Keys are made by whoever proves a password too."""
        return [AllowAny(), TokenScopeAllows()] if self.action == "create" else super().get_permissions()

    def get_queryset(self) -> Any:
        """The keys of the person who asks."""
        return ApiToken.objects.owned_by(self.request.user)

    @extend_schema(
        summary="Make a key",
        request=NewTokenSerializer,
        responses={201: IssuedTokenSerializer},
        description="With e-mail address and password, or within a session. The key is shown this once. "
        "A key makes no other keys. An account with a second factor needs a code of its app, or a recovery code, beside the password.",
    )
    def create(self, request: Request) -> Response:
        """Make a key for whoever proves a password or has a session."""
        if isinstance(request.auth, ApiToken):
            raise PermissionDenied(_("A key makes no other keys: sign in, or give your password."))
        serializer = NewTokenSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        if "password" in asked:
            user = _prove_for_key(request, email=asked["email"], password=asked["password"])
            identity.assume(user.pk)
            if has_second_factor(user):
                check_code(user=user, code=asked["code"])
        else:
            user = cast("User", request.user)
        token, key = issue_token(
            user=user, name=asked["name"], scope=asked["scope"], expires_at=asked["expires_at"]
        )
        return Response({**TokenSerializer(token).data, "key": key}, status=201)

    @extend_schema(summary="Revoke a key")
    def destroy(self, request: Request, pk: Any) -> Response:
        """Make a key open nothing any more."""
        revoke_token(token=self.get_object())
        return Response(status=204)


class MeView(APIView):
    """The account of the person who asks."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(operation_id="me_retrieve", summary="Who asks", responses=MeSerializer, tags=["me"])
    def get(self, request: Request) -> Response:
        """The account."""
        return Response(MeSerializer(request.user).data)

    @extend_schema(
        operation_id="me_partial_update",
        summary="Change name, time zone, language or currency",
        request=MeSerializer(partial=True),
        responses=MeSerializer,
        tags=["me"],
    )
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        user = cast("User", request.user)
        serializer = MeSerializer(user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        now = {field: getattr(user, field) for field in ("display_name", "time_zone", "locale", "currency")}
        return Response(
            MeSerializer(services.edit_account(user=user, **{**now, **serializer.validated_data})).data
        )


def _session(request: Request, status: int = 200) -> Response:
    user = request.user if request.user.is_authenticated else None
    body = SessionSerializer({"user": user, "csrf_token": get_token(request)})
    return Response(body.data, status=status)


def _prove(request: Request, *, email: str, password: str) -> Any:
    """allauth's sign-in form for a right password, past its limits; raises AuthenticationFailed or Throttled."""
    form = LoginForm({"login": email, "password": password}, request=request)
    if not ratelimit.consume(request, action="login"):
        raise _too_many()
    if form.is_valid():
        if form.user.is_active:
            return form
    elif form.has_error("__all__", "too_many_login_attempts"):
        raise _too_many()
    raise AuthenticationFailed(_("The e-mail address or the password is not right."))


def _prove_for_key(request: Request, *, email: str, password: str) -> User:
    user: User = _prove(request, email=email, password=password).user
    must_confirm = account_settings.EMAIL_VERIFICATION == account_settings.EmailVerificationMethod.MANDATORY
    if must_confirm and not has_verified_email(user, email):
        raise PermissionDenied(_confirm_first())
    return user


def _confirm_first() -> str:
    return _("Confirm your e-mail address first, by the link in the mail that signing in sends.")


def _too_many() -> Throttled:
    return Throttled(detail=_("Too many attempts to sign in. Wait some minutes, then try again."))


class OpenSessionsView(APIView):
    """Sessions of the person who asks."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_sessions_list",
        summary="Where you are signed in: the session that asks first, then the last used",
        responses=OpenSessionSerializer(many=True),
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        """All that are open: they are few."""
        found = sessions.list_sessions(user=cast("User", request.user), this=request.session.session_key)
        return Response(OpenSessionSerializer(found, many=True).data)


class OpenSessionView(APIView):
    """One session of the person who asks."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_sessions_destroy", summary="End a session", responses={204: None}, tags=["me"]
    )
    def delete(self, request: Request, pk: int) -> Response:
        """It opens nothing any more."""
        sessions.end_session(user=cast("User", request.user), session_id=pk)
        return Response(status=204)


class ExportView(APIView):
    """Everything that is kept of the person who asks."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_export_retrieve",
        summary="Everything that is kept of you, as one ZIP archive",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        tags=["me"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Tables as JSON and CSV, résumés as JSON Resume, files as they were uploaded."""
        now = timezone.now()
        content = export_everything(user=cast("User", request.user), now=now)
        headers = {"Content-Disposition": f'attachment; filename="{archive_name(now)}"'}
        return HttpResponse(content, content_type="application/zip", headers=headers)


class ImportView(APIView):
    """An archive, put into the empty account of the person who asks."""

    parser_classes = [ArchiveParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_import_create",
        summary="Put the archive of an export into this account, which must be empty",
        description="All of it or nothing. What was sent, what stands between people and what opens an account stay in the archive.",
        request={"multipart/form-data": ArchiveSerializer},
        responses=ImportedSerializer,
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        """Import an archive."""
        serializer = ArchiveSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            archive = read_archive(serializer.validated_data["file"].read(MAX_BYTES + 1))
            imported = import_archive(user=cast("User", request.user), archive=archive)
        except ArchiveRefused as refused:
            raise services.ValuesRefused({"file": [refused.message]}) from None
        return Response(ImportedSerializer(imported).data)


class RetentionView(APIView):
    """How long things of the person who asks are kept."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_retention_retrieve",
        summary="How long things of yours are kept, and what would be deleted tonight",
        responses=RetentionDueSerializer,
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        """Everything for ever where nothing was chosen."""
        return self._tell(retention.retention_of(cast("User", request.user)))

    @extend_schema(
        operation_id="me_retention_partial_update",
        summary="Choose how long things of yours are kept",
        description="Names that are left out stay as they are. What is older is deleted at night. That you applied for a job, and when, is always kept.",
        request=RetentionSerializer,
        responses=RetentionDueSerializer,
        tags=["me"],
    )
    def patch(self, request: Request) -> Response:
        """Choose."""
        given = RetentionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = cast("User", request.user)
        return self._tell(retention.choose_retention(user=user, months=given.validated_data))

    def _tell(self, chosen: Retention) -> Response:
        return Response(_retention_as_told(chosen))


class RetentionPreviewView(APIView):
    """What another choice would delete; it saves nothing, so a key that may only read may ask for it."""

    permission_classes = [IsAuthenticated]
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_retention_preview",
        summary="What would be deleted tonight if you chose so",
        description="Names that are left out count as they are. Nothing is saved.",
        request=RetentionSerializer,
        responses=RetentionDueSerializer,
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        """Count with the query that would delete."""
        given = RetentionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = cast("User", request.user)
        return Response(_retention_as_told(retention.try_retention(user=user, months=given.validated_data)))


def _retention_as_told(chosen: Retention) -> dict[str, Any]:
    night = retention.next_night(timezone.now())
    due = retention.count_due(chosen=chosen, at=night)
    told = {name: getattr(chosen, name) for name in due} | {"due": due, "due_at": night}
    return dict(RetentionDueSerializer(told).data)


class ClosingView(APIView):
    """The closing of the account of the person who asks."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="me_closing_retrieve",
        summary="Whether your account closes, and when it is deleted",
        responses=ClosingSerializer,
        tags=["me"],
    )
    def get(self, request: Request) -> Response:
        """Every value is null where nobody asked for it."""
        return Response(ClosingSerializer(closing.closing_of(cast("User", request.user)) or {}).data)

    @extend_schema(
        operation_id="me_closing_create",
        summary="Let your account be deleted after a fortnight",
        request=PasswordSerializer,
        responses={201: ClosingSerializer},
        tags=["me"],
    )
    def post(self, request: Request) -> Response:
        """With the password. Sending to employers stops at once."""
        given = PasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if not ratelimit.consume(request, action="reauthenticate"):
            raise _too_many()
        user = cast("User", request.user)
        row = closing.ask_to_close(user=user, password=given.validated_data["password"], now=timezone.now())
        device = sessions.name_device(request.headers.get("User-Agent", ""))
        tell_of_closing.delay_on_commit(user_id=str(user.pk), device=device)
        return Response(ClosingSerializer(row).data, status=201)

    @extend_schema(
        operation_id="me_closing_destroy", summary="Keep your account", responses={204: None}, tags=["me"]
    )
    def delete(self, request: Request) -> Response:
        """Where nobody asked for a closing nothing happens."""
        closing.keep_account(user=cast("User", request.user))
        return Response(status=204)
