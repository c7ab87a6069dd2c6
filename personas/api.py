"""The API of people: personas with what they look for, skills, résumés."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Length
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from personas import resume_editing, services
from personas.models import Persona, Resume, ResumeFile, User, UserSkill
from personas.paging import CursorPages
from personas.parsers import BoundedMultiPartParser, StrictJSONParser
from personas.resume_files import give_docx, give_json, give_pdf
from personas.serializers import (
    MergedSerializer,
    PersonaSerializer,
    PreferencesSerializer,
    ResumeDocumentSerializer,
    ResumeSerializer,
    ResumeSummarySerializer,
    ResumeUploadSerializer,
    ResumeVersionSerializer,
    RevisionSerializer,
    SkillLevelSerializer,
    SkillSerializer,
    UploadedResumeSerializer,
)
from personas.throttles import FairShareThrottle


@extend_schema_view(
    list=extend_schema(summary="Your personas, newest first"),
    retrieve=extend_schema(summary="One persona with what it looks for"),
)
class PersonaViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Personas: the selves that somebody searches as."""

    queryset = Persona.objects.none()
    serializer_class = PersonaSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The personas of the person who asks."""
        return Persona.objects.owned_by(self.request.user).for_list()

    @extend_schema(summary="Make a persona", description="The first one becomes the active one.")
    def create(self, request: Request) -> Response:
        """Make a persona."""
        persona = services.create_persona(user=_person(request), details=self._given(request))
        return self._answer(persona.pk, status=201, headers={"Location": f"{request.path}{persona.pk}/"})

    @extend_schema(
        summary="Change a persona", description="Attaching a résumé is setting `resume` to its id."
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        persona = self.get_object()
        services.edit_persona(persona=persona, details=self._given(request, persona))
        return self._answer(pk)

    @extend_schema(
        summary="Delete a persona",
        description="Its matches go with it; where it was the active one, the newest of the others follows.",
    )
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a persona."""
        services.delete_persona(persona=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Search as this persona from now on", request=None, responses=PersonaSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: UUID) -> Response:
        """Make a persona the active one, and no other."""
        services.activate_persona(persona=self.get_object())
        return self._answer(pk)

    @extend_schema(
        summary="Copy a persona with what it looks for", request=None, responses={201: PersonaSerializer}
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: UUID) -> Response:
        """Make an inactive copy."""
        return self._answer(services.copy_persona(persona=self.get_object()).pk, status=201)

    @extend_schema(summary="What a persona looks for", responses=PreferencesSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def preferences(self, request: Request, pk: UUID) -> Response:
        """What a persona looks for."""
        return Response(PreferencesSerializer(self.get_object().preferences).data)

    @extend_schema(
        summary="State everything a persona looks for",
        request=PreferencesSerializer,
        responses=PreferencesSerializer,
    )
    @preferences.mapping.put
    def put_preferences(self, request: Request, pk: UUID) -> Response:
        """Replace what a persona looks for; every field must be given."""
        return self._look_for(request, pk, partial=False)

    @extend_schema(
        summary="Change some of what a persona looks for",
        request=PreferencesSerializer(partial=True),
        responses=PreferencesSerializer,
    )
    @preferences.mapping.patch
    def patch_preferences(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        return self._look_for(request, pk, partial=True)

    def _look_for(self, request: Request, pk: UUID, *, partial: bool) -> Response:
        persona = self.get_object()
        serializer = PreferencesSerializer(persona.preferences, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        services.edit_persona(
            persona=persona, preferences=cast("services.PreferenceValues", serializer.validated_data)
        )
        return Response(PreferencesSerializer(self.get_object().preferences).data)

    def _given(self, request: Request, persona: Persona | None = None) -> services.PersonaDetails:
        serializer = self.get_serializer(persona, data=request.data, partial=persona is not None)
        serializer.is_valid(raise_exception=True)
        return cast("services.PersonaDetails", serializer.validated_data)

    def _answer(self, pk: UUID, **answer: Any) -> Response:
        """The persona as the database has it now."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(self.get_serializer(row).data, **answer)


@extend_schema_view(
    list=extend_schema(summary="Your skills, newest first"),
    retrieve=extend_schema(summary="One skill"),
)
class SkillViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Skills that the person who asks holds."""

    queryset = UserSkill.objects.none()
    serializer_class = SkillSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The skills of the person who asks."""
        return UserSkill.objects.owned_by(self.request.user)

    @extend_schema(summary="Add a skill")
    def create(self, request: Request) -> Response:
        """Add a skill under the taxonomy's name for it."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        skill = services.add_skill(
            user=_person(request),
            name=given["skill_name"],
            level=given["proficiency_level"],
            source=UserSkill.Source.INPUT,
            evidence=given.get("evidence", ""),
        )
        details = _skill_details(serializer)
        services.change_skills(user=_person(request), details={skill.pk: details})
        skill.refresh_from_db()
        location = {"Location": f"{request.path}{skill.pk}/"}
        return Response(self.get_serializer(skill).data, status=201, headers=location)

    @extend_schema(
        summary="Say how well a skill is held",
        request=SkillLevelSerializer(partial=True),
        responses=SkillSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change level, years and last use; a skill of another name is another skill."""
        skill = self.get_object()
        serializer = SkillLevelSerializer(skill, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        services.change_skills(user=_person(request), details={skill.pk: _skill_details(serializer)})
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Make one row of those that are one skill under several names",
        description="One stays, with the taxonomy’s name, the highest level, the most years and the latest use.",
        request=None,
        responses={200: MergedSerializer},
    )
    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> Response:
        """Merge aliases."""
        return Response({"merged": services.merge_skills(user=_person(request))})

    @extend_schema(summary="Take a skill out")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take a skill out of the inventory."""
        services.remove_skill(skill=self.get_object())
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="Your résumés, newest first", responses=ResumeSummarySerializer(many=True)),
    retrieve=extend_schema(summary="One résumé with what was read in it"),
)
class ResumeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Résumés as uploaded and as read."""

    queryset = Resume.objects.none()
    pagination_class = CursorPages
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The résumés of the person who asks; a list leaves out the long texts."""
        rows = Resume.objects.owned_by(self.request.user).annotate(
            file_name=F("file__name"),
            file_media_type=F("file__media_type"),
            file_size=Length("file__content"),
        )
        return rows.defer("text", "document", "unplaced") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return ResumeSummarySerializer if self.action == "list" else ResumeSerializer

    def get_parsers(self) -> list[Any]:
        """A file comes as a form, everything else as JSON."""
        is_upload = getattr(self, "action_map", {}).get("post") == "create"
        posted = self.request is not None and self.request.method == "POST"
        return [BoundedMultiPartParser()] if is_upload and posted else [StrictJSONParser()]

    @extend_schema(
        summary="Upload a résumé",
        description="PDF, DOCX, TXT or JSON Resume, at most 5 MB. The first one becomes the default.",
        request={"multipart/form-data": ResumeUploadSerializer},
        responses={201: UploadedResumeSerializer},
    )
    def create(self, request: Request) -> Response:
        """Read a file and keep it."""
        serializer = ResumeUploadSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        file = serializer.validated_data["file"]
        uploaded = services.upload_resume(
            user=_person(request),
            title=serializer.validated_data["title"],
            file_name=file.name,
            content=file.read(),
        )
        body = {
            **self._read(uploaded.resume.pk),
            "pages_without_text": list(uploaded.pages_without_text),
        }
        return Response(body, status=201, headers={"Location": f"{request.path}{uploaded.resume.pk}/"})

    @extend_schema(
        summary="A résumé as JSON Resume, as it is kept",
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    @action(detail=True, methods=["get"])
    def json(self, request: Request, pk: UUID) -> HttpResponse:
        """Unknown keys and the precision of dates are those that came in."""
        return give_json(self.get_object())

    @extend_schema(
        summary="A résumé for word processors",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def docx(self, request: Request, pk: UUID) -> HttpResponse:
        """Every text of it."""
        return give_docx(self.get_object())

    @extend_schema(
        summary="A résumé to be sent and printed",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: UUID) -> HttpResponse:
        """Every text of it, in embedded fonts."""
        return give_pdf(self.get_object())

    @extend_schema(
        summary="Give a résumé another title",
        request=ResumeSummarySerializer(partial=True),
        responses=ResumeSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the title."""
        resume = self.get_object()
        serializer = ResumeSummarySerializer(resume, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        if "title" in serializer.validated_data:
            services.rename_resume(resume=resume, title=serializer.validated_data["title"])
        return Response(self._read(pk))

    @extend_schema(summary="Delete a résumé with its file", description="Personas that used it stay.")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a résumé."""
        services.delete_resume(resume=self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="Put another document in a résumé",
        description="From the revision that was seen; where another change came between, the answer is 409 and nothing is changed.",
        request=ResumeDocumentSerializer,
        responses=ResumeSerializer,
    )
    @action(detail=True, methods=["put"])
    def document(self, request: Request, pk: UUID) -> Response:
        """What was there before is kept as a version."""
        resume = self.get_object()
        serializer = ResumeDocumentSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        resume_editing.save_document(resume=resume, **serializer.validated_data)
        return Response(self._read(pk))

    @extend_schema(summary="Say that what was read is right", request=None, responses=ResumeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: UUID) -> Response:
        """Confirm a résumé."""
        resume_editing.confirm_resume(resume=self.get_object())
        return Response(self._read(pk))

    @extend_schema(
        summary="What a résumé held before, newest first",
        description="As it was read, and before each spell of changes; at most fifty-one.",
        responses=ResumeVersionSerializer(many=True),
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, pk: UUID) -> Response:
        """The versions with their documents."""
        rows = self.get_object().versions.owned_by(request.user).order_by("-revision")
        return Response(ResumeVersionSerializer(rows, many=True).data)

    @extend_schema(
        summary="Give a résumé what it held before", request=RevisionSerializer, responses=ResumeSerializer
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """What it holds now becomes a version."""
        resume = self.get_object()
        serializer = RevisionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rows = resume.versions.owned_by(request.user).select_related("resume")
        version = get_object_or_404(rows, revision=serializer.validated_data["revision"])
        resume_editing.restore_version(version=version)
        return Response(self._read(pk))

    @extend_schema(summary="Make a résumé the default one", request=None, responses=ResumeSerializer)
    @action(detail=True, methods=["post"], url_path="make-default")
    def make_default(self, request: Request, pk: UUID) -> Response:
        """Make a résumé the default one, and no other."""
        services.make_default_resume(resume=self.get_object())
        return Response(self._read(pk))

    @extend_schema(
        summary="Ask for a review of a résumé",
        description="A coach who may see your résumés reviews it. What changes afterwards is to be reviewed again.",
        request=None,
        responses=ResumeSerializer,
    )
    @action(detail=True, methods=["post"], url_path="ask-review")
    def ask_review(self, request: Request, pk: UUID) -> Response:
        """Ask for a review."""
        services.ask_review(resume=self.get_object())
        return Response(self._read(pk))

    @extend_schema(summary="Ask for a review of a résumé no longer", request=None, responses=ResumeSerializer)
    @action(detail=True, methods=["post"], url_path="take-back-review")
    def take_back_review(self, request: Request, pk: UUID) -> Response:
        """Take the wish for a review back."""
        services.take_back_review(resume=self.get_object())
        return Response(self._read(pk))

    @extend_schema(
        summary="The file as it was uploaded",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: UUID) -> HttpResponse:
        """The file, to be saved and never shown by a browser as a page of ours."""
        file = get_object_or_404(ResumeFile.objects.owned_by(request.user), resume_id=pk)
        headers = {
            "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
            "Content-Security-Policy": "sandbox",
        }
        return HttpResponse(bytes(file.content), content_type="application/octet-stream", headers=headers)

    def _read(self, pk: UUID) -> dict[str, Any]:
        """The résumé as the database has it now."""
        return dict(ResumeSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)


def _skill_details(serializer: Any) -> services.SkillDetails:
    given = serializer.validated_data
    names = {"proficiency_level": "level", "years": "years", "last_used": "last_used"}
    return cast("services.SkillDetails", {names[key]: value for key, value in given.items() if key in names})


def _person(request: Request) -> User:
    return cast("User", request.user)
