"""Translation catalogues with Babel alone: no xgettext, no msgfmt on the machine.

Sentences come from Python (`_`, `gettext`, ...; pure code marks its own with `patients.clinical.reasons._`) and from
templates, which Django first turns into text that Babel reads. English is the source; every other language of
`settings.LANGUAGES` has `locale/<language>/LC_MESSAGES/django.po`. The compiled files are never committed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("patients", "algorithm", "monitoring", "ildcare")
DOMAIN = "django"
LINE = 120
PLACE = re.compile(r"%\((\w+)\)[a-z]")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "_msg": None,  # a message id where gettext has the name `_`
    "Term": None,  # a translatable word inside a Reason
}


def languages() -> list[str]:
    """Languages that have a catalogue: all but English, the source."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language stands, as text."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def extract_messages() -> Catalog:
    """Every translatable sentence of code and templates, with the files it comes from."""
    messages = Catalog(project="ildcare", charset="utf-8")
    for path, source in _sources():
        place = (str(path.relative_to(settings.BASE_DIR)), 1)
        for _line, message, comments, context in extract("python", source, KEYWORDS, ("Translators:",)):
            messages.add(message, locations=[place], auto_comments=comments, context=context)
    return messages


def _sources() -> Iterator[tuple[Path, io.BytesIO]]:
    root = Path(settings.BASE_DIR)
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, io.BytesIO(path.read_bytes())
    for path in sorted((root / "templates").rglob("*.html")):
        text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # in brackets the indentation of a page means nothing to Python's tokenizer
        yield path, io.BytesIO(f"({text}\n)".encode())


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language; an empty one if there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, project="ildcare", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update_catalogue(language: str) -> Catalog:
    """Bring the catalogue to the sentences of the code: new ones empty, those gone dropped, nothing guessed."""
    catalogue, template = read_catalogue(language), extract_messages()
    template.creation_date = catalogue.creation_date  # else every update changes the file
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=LINE, sort_by_file=True, include_lineno=False, include_previous=False)
    return catalogue


def compile_catalogues() -> None:
    """Write the binary form of every catalogue that is newer than it."""
    for language in languages():
        path = catalogue_path(language)
        compiled = path.with_suffix(".mo")
        if not path.exists() or (compiled.exists() and compiled.stat().st_mtime >= path.stat().st_mtime):
            continue
        with NamedTemporaryFile(dir=path.parent, prefix=DOMAIN, delete=False) as draft:
            write_mo(draft, read_catalogue(language))
        Path(draft.name).chmod(0o644)
        Path(draft.name).replace(compiled)  # whoever starts now reads the old one or the new one, never half


def faults(language: str) -> list[str]:
    """What a catalogue lacks or has too much, one line each; empty if it is complete."""
    catalogue = read_catalogue(language)
    wanted = {_key(message) for message in extract_messages() if message.id}
    known = {_key(message): message for message in catalogue if message.id}
    lines = [f"missing: {key[1]!r}" for key in sorted(wanted - known.keys(), key=str)]
    lines += [f"no longer used: {key[1]!r}" for key in sorted(known.keys() - wanted, key=str)]
    for key, message in known.items():
        lines += [f"{fault}: {key[1]!r}" for fault in _faults_of(message)]
    return lines


def _key(message: Message) -> tuple[str, str]:
    return message.context or "", message.id if isinstance(message.id, str) else message.id[0]


def _faults_of(message: Message) -> Iterator[str]:
    texts = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    if message.fuzzy:
        yield "fuzzy"
    if not all(texts):
        yield "not translated"
    elif any(_places(text) != _places(_fullest(message)) for text in texts):
        yield "places differ"  # Babel's own check passes a sentence that lost its number


def _fullest(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def _places(text: str) -> list[str]:
    """The named places of a sentence. A plain percent sign is none, whatever gettext takes it for."""
    return sorted(PLACE.findall(text))
