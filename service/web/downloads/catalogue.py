"""What is told of the data to programs: as plain JSON with the files, and as schema.org's Dataset for catalogues."""

from collections.abc import Iterable

from service.index.index import Index
from service.store.export import TOLD_PAY
from service.vocabulary.measures import MEASURES
from service.vocabulary.terms import Source
from service.web.downloads.names import File, files_of, sources_of

_REAL = (
    "Pay of machine-learning engineers, data scientists and those who work with them, one record for each job: base salary, "
    "bonus and equity with role, level, place, industry, skills and benefits as far as the source tells them."
)
_MADE_UP = (
    "Made-up records of the pay of machine-learning engineers, drawn from a known model to show how the service works. "
    "They say nothing about real pay."
)


def listing(index: Index, base_url: str) -> dict[str, object]:
    """What `/downloads` says: the edition, its files, and the sources with the licences that go with their records."""
    return {
        "edition": index.edition.number,
        "publishedAt": index.edition.published_at.isoformat(),
        "files": [
            {
                "name": file.name,
                "url": _url(base_url, file),
                "mediaType": file.format.media_type,
                "records": file.records,
                "madeUp": file.made_up,
            }
            for file in files_of(index)
        ],
        "sources": [
            {
                "code": source.code,
                "label": source.label,
                "kind": source.kind,
                "licence": source.licence,
                "url": source.url,
                "records": records,
            }
            for records, source in _sources(index, (False, True))
        ],
    }


def datasets(index: Index, base_url: str) -> list[dict[str, object]]:
    """The data sets of an edition in schema.org's words, real and made-up records apart; none without records."""
    return [
        _dataset(index, base_url, made_up, files)
        for made_up in (False, True)
        if (files := [file for file in files_of(index) if file.made_up is made_up])
    ]


def _dataset(index: Index, base_url: str, made_up: bool, files: list[File]) -> dict[str, object]:
    edition = index.edition
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "PayRank sample: made-up pay of machine-learning work"
        if made_up
        else "PayRank: pay of machine-learning work",
        "description": _MADE_UP if made_up else _REAL,
        "url": f"{base_url}about",
        "version": str(edition.number),
        "dateModified": edition.published_at.isoformat(),
        "isAccessibleForFree": True,
        "keywords": ["salary", "compensation", "machine learning", "data science"],
        "measurementTechnique": f"{base_url}about#how-a-number-is-made",
        "variableMeasured": [MEASURES[measure].label for measure in TOLD_PAY],
        "size": f"{files[0].records} record{'' if files[0].records == 1 else 's'}",
        "isBasedOn": [
            {"@type": "CreativeWork", "name": source.label, "license": source.licence}
            | ({"url": source.url} if source.url else {})
            for _, source in _sources(index, (made_up,))
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.name,
                "encodingFormat": file.format.media_type.partition(";")[0],
                "contentUrl": _url(base_url, file),
            }
            for file in files
        ],
    }


def _sources(index: Index, made_up: Iterable[bool]) -> list[tuple[int, Source]]:
    """The sources with their numbers of records, the largest first."""
    numbers = (number for one in made_up for number in sources_of(index, made_up=one))
    found = [(index.records(number), index.reference.sources[number]) for number in numbers]
    return sorted(found, key=lambda one: -one[0])


def _url(base_url: str, file: File) -> str:
    return f"{base_url}downloads/{file.name}"
