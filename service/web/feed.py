"""The feed of editions as Atom (RFC 4287)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid5
from xml.etree import ElementTree as Xml

from starlette.requests import Request
from starlette.responses import Response

from service.counts import count_of
from service.errors import DatabaseError
from service.index.index import Index
from service.store.database import Database, Edition
from service.store.editions import fetch_feed
from service.web.downloads.files import files_of
from service.web.downloads.sending import document, plain

MAX_ENTRIES = 50
_NAMESPACE = "http://www.w3.org/2005/Atom"
_IDS = UUID("6f1b1f4e-5d0c-4a39-9f0c-2b1a4f0a7c51")
"""The namespace of ids: each is made of an edition's number and the microsecond of its publication."""
_KEY = "editions.atom"


async def editions_atom(request: Request) -> Response:
    """The latest editions, the current one first; they are read from the database once for each edition."""
    index: Index = request.state.current.index
    body = index.cache.get(_KEY)
    if body is None:
        try:
            editions, first = await _editions(request.state.current.database, index.edition)
        except DatabaseError as error:
            return plain(503, str(error), retry_after="5")
        body = atom(editions, first, index, request.state.base_url)
        index.cache.put(_KEY, body)
    return document(request, body, "application/atom+xml")


async def _editions(database: Database, current: Edition) -> tuple[Sequence[Edition], Edition]:
    """The editions up to the current one, newest first, with one more to compare the last entry with; and the first one."""
    if not current.number:
        return [], current
    async with database.read(current) as connection:
        return await fetch_feed(connection, current.number, MAX_ENTRIES + 1)


def atom(editions: Sequence[Edition], first: Edition, index: Index, base_url: str) -> bytes:
    """The feed. Its id is derived from the first edition, so that it stays the same."""
    feed = Xml.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _text(feed, "id", _urn(first, "feed"))
    _text(feed, "title", "PayRank editions")
    _text(feed, "subtitle", "Pay of machine-learning jobs: each entry is a published state of the records.")
    _text(feed, "updated", _instant((editions[0] if editions else first).published_at))
    _text(Xml.SubElement(feed, "author"), "name", "PayRank")
    Xml.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{base_url}{_KEY}"})
    Xml.SubElement(feed, "link", {"rel": "alternate", "href": base_url or "./"})
    for edition, former in pairwise([*editions, None]):
        assert edition
        if former or edition == first:
            _add_entry(feed, edition, former, index, base_url)
    content: bytes = Xml.tostring(feed, "utf-8", xml_declaration=True)
    return content


def _add_entry(feed: Xml.Element, edition: Edition, former: Edition | None, index: Index, base_url: str) -> None:
    entry = Xml.SubElement(feed, "entry")
    _text(entry, "id", _urn(edition, "edition"))
    _text(entry, "title", f"Edition {edition.number}")
    _text(entry, "published", _instant(edition.published_at))
    _text(entry, "updated", _instant(edition.published_at))
    _text(entry, "summary", _summary(edition, former))
    Xml.SubElement(entry, "link", {"rel": "alternate", "type": "application/json", "href": f"{base_url}downloads"})
    for file in files_of(index) if edition == index.edition else ():
        media_type, href = file.format.media_type.partition(";")[0], f"{base_url}downloads/{file.name}"
        Xml.SubElement(entry, "link", {"rel": "enclosure", "type": media_type, "title": file.name, "href": href})


def _summary(edition: Edition, former: Edition | None) -> str:
    """
    >>> first, second = (Edition(number, datetime(2026, 1, number, tzinfo=UTC), 1_000 * number) for number in (1, 2))
    >>> _summary(first, None), _summary(second, first), _summary(first, second)
    ('1,000 records.', '2,000 records, 1,000 more than edition 1.', '1,000 records, 1,000 fewer than edition 2.')
    """
    records = count_of(edition.records, "record")
    if former is None:
        return f"{records}."
    change = edition.records - former.records
    if not change:
        return f"{records}, as many as edition {former.number}."
    return f"{records}, {abs(change):,} {'more' if change > 0 else 'fewer'} than edition {former.number}."


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = text


def _urn(edition: Edition, kind: str) -> str:
    return uuid5(_IDS, f"{kind} {edition.key}").urn


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
