"""Why an uploaded file is not read, with a sentence for each reason that also says how to mend it."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Refusal(StrEnum):
    """The reasons a file may be refused for; the value is stable and crosses the pipe from the child."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_NAME = "wrong_name"
    UNKNOWN_TYPE = "unknown_type"
    OLD_WORD = "old_word"
    OTHER_FORMAT = "other_format"
    PICTURE = "picture"
    MISMATCH = "mismatch"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no_text"
    IMAGE_ONLY = "image_only"
    GLYPHS = "glyphs"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_ENTRIES = "too_many_entries"
    INFLATES = "inflates"
    LYING_SIZES = "lying_sizes"
    UNSAFE_PATH = "unsafe_path"
    MACROS = "macros"
    EMBEDDED = "embedded"
    DOCTYPE = "doctype"
    NUL = "nul"
    ENCODING = "encoding"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    BAD_NUMBER = "bad_number"
    BAD_CHARACTER = "bad_character"
    NOT_A_RESUME = "not_a_resume"
    TOO_LONG = "too_long"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    STOPPED = "stopped"


SENTENCES = {
    Refusal.EMPTY: _(
        "The file is empty. Choose the file again; if it opens empty on your side, save it anew."
    ),
    Refusal.TOO_LARGE: _(
        "The file is larger than %(limit)s MB. Save it with smaller pictures, or without them, and upload it again."
    ),
    Refusal.WRONG_NAME: _(
        "Files ending in “%(ending)s” are not read. Save the résumé as PDF, DOCX, TXT or JSON Resume."
    ),
    Refusal.UNKNOWN_TYPE: _(
        "The content is no PDF, DOCX, text or JSON Resume. Save the résumé as one of these."
    ),
    Refusal.OLD_WORD: _(
        "This is an old Word document (.doc) or one protected by a password. "
        "Open it, remove the password if there is one, and save it as DOCX or PDF."
    ),
    Refusal.OTHER_FORMAT: _(
        "This is a %(found)s file. Open it and save it as PDF, DOCX, TXT or JSON Resume."
    ),
    Refusal.PICTURE: _(
        "This is a picture, and text in pictures is not read. Upload the document that the picture was made from."
    ),
    Refusal.MISMATCH: _(
        "The name says %(named)s, but the content is %(found)s. Give the file its right ending, or save it again as %(named)s."
    ),
    Refusal.DAMAGED: _(
        "The file is damaged and cannot be read. Open it, save it again, and upload the new copy."
    ),
    Refusal.ENCRYPTED: _(
        "The file is protected by a password. Save a copy without the password and upload that."
    ),
    Refusal.NO_TEXT: _("The file holds no text. Check that it is the right one, and save it again if it is."),
    Refusal.IMAGE_ONLY: _(
        "This PDF holds pictures of pages and no text, as a scan does. "
        "Export it from the program that wrote it, or run text recognition over it first."
    ),
    Refusal.GLYPHS: _(
        "The letters of this PDF cannot be told: its fonts do not say which sign is which letter. "
        "Export it again, or upload a DOCX or TXT file."
    ),
    Refusal.TOO_MANY_PAGES: _(
        "The file has %(pages)s pages; at most %(limit)s are read. Upload only the résumé itself."
    ),
    Refusal.TOO_MANY_ENTRIES: _(
        "The document consists of more than %(limit)s parts. Remove pictures and objects from it, or save it as PDF."
    ),
    Refusal.INFLATES: _(
        "The document unpacks to more than %(limit)s MB. Remove large pictures or objects from it, or save it as PDF."
    ),
    Refusal.LYING_SIZES: _(
        "The document states other sizes for its parts than they have. Open it, save it again as DOCX, and upload that."
    ),
    Refusal.UNSAFE_PATH: _(
        "A part of the document is named as if it lay outside of it. Save it again as DOCX or PDF."
    ),
    Refusal.MACROS: _("The document holds macros. Save it as DOCX without macros, or as PDF."),
    Refusal.EMBEDDED: _("The document holds embedded objects or programs. Remove them, or save it as PDF."),
    Refusal.DOCTYPE: _(
        "The document holds a DOCTYPE, which Word never writes. Save it again as DOCX or PDF."
    ),
    Refusal.NUL: _("The text holds NUL characters, so it is no plain text. Save it as plain text in UTF-8."),
    Refusal.ENCODING: _(
        "The letters of this text file cannot be told. Save it with the encoding UTF-8 and upload it again."
    ),
    Refusal.NOT_JSON: _(
        "The JSON has an error in line %(line)s, column %(column)s. Mend it there and upload it again."
    ),
    Refusal.TOO_DEEP: _(
        "The JSON is nested more than %(limit)s levels deep. Flatten it; a JSON Resume needs five."
    ),
    Refusal.DUPLICATE_KEY: _("The JSON holds the key “%(key)s” twice in one object. Remove one of them."),
    Refusal.BAD_NUMBER: _(
        "The JSON holds “%(number)s”, which is no number that can be kept. Write it as text or correct it."
    ),
    Refusal.BAD_CHARACTER: _(
        "The JSON holds a character that cannot be kept (NUL, or half of a pair). Remove “%(escape)s” and upload it again."
    ),
    Refusal.NOT_A_RESUME: _(
        "The JSON does not look like a JSON Resume: %(where)s is not as its format says. "
        "It needs “basics” as an object, or sections such as “work” as lists of objects."
    ),
    Refusal.TOO_LONG: _(
        "The file holds more text than a résumé has (over %(limit)s characters). Upload only the résumé itself."
    ),
    Refusal.TOO_SLOW: _(
        "Reading the file took too long and was stopped. Save it anew, with fewer pages or without drawings, or as TXT."
    ),
    Refusal.TOO_MUCH_MEMORY: _(
        "Reading the file needed too much memory and was stopped. Save it anew, or upload it as TXT."
    ),
    Refusal.STOPPED: _(
        "The reader stopped before it was done, which need not be the file's fault. "
        "Upload it once more; if it happens again, save it as TXT."
    ),
}


class UploadRefused(Exception):
    """A file that is not read; `code` is the reason, `message` a translatable sentence, `facts` what it names."""

    def __init__(self, code: Refusal, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def message(self) -> str:
        """The reason and the remedy, in the language that is active when it is read."""
        return str(SENTENCES[self.code]) % {name: str(fact) for name, fact in self.facts.items()}

    def __str__(self) -> str:
        """The code alone: facts may quote the person's file, which no log may hold."""
        return self.code.value
