"""Descriptions of the data for programs: `/downloads` as JSON, and schema.org Datasets for catalogues of data sets."""

from collections.abc import Iterable

from service.counts import count_of
from service.index.index import Index
from service.store.export import PUBLISHED_PAY
from service.vocabulary.measures import MEASURES
from service.vocabulary.terms import Source
from service.web.downloads.files import File, files_of, sources_of
from service.web.downloads.formats import STREAMED_FORMATS

_REAL = (
    "Pay of machine-learning engineers, data scientists and related roles, one record per job: base salary, bonus and "
    "equity with role, level, location, industry, skills and benefits as far as the source reports them."
)
_SAMPLE = (
    "Sample records of the pay of machine-learning engineers, generated from a known model to show how the service works. "
    "They say nothing about real pay."
)


def listing(index: Index, base_url: str) -> dict[str, object]:
    """The response of `/downloads`: the edition, its files, and its sources with their licences.

    `cohorts` are the addresses of files with the records of any cohort, `feed` is that of the feed of editions.
    """
    return {
        "edition": index.edition.number,
        "publishedAt": index.edition.published_at.isoformat(),
        "files": [
            {
                "name": file.name,
                "url": _url(base_url, file),
                "mediaType": file.format.media_type,
                "records": file.records,
                "madeUp": file.is_sample,
            }
            for file in files_of(index)
        ],
        "cohorts": [f"{base_url}records.{format_.extension}" for format_ in STREAMED_FORMATS],
        "feed": f"{base_url}editions.atom",
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
    """The data sets of an edition as schema.org Datasets: real records, and sample records; none if it has no records."""
    return [
        _dataset(index, base_url, is_sample, files)
        for is_sample in (False, True)
        if (files := [file for file in files_of(index) if file.is_sample is is_sample])
    ]


def _dataset(index: Index, base_url: str, is_sample: bool, files: list[File]) -> dict[str, object]:
    edition = index.edition
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "PayRank sample: generated pay of machine-learning jobs"
        if is_sample
        else "PayRank: pay of machine-learning jobs",
        "description": _SAMPLE if is_sample else _REAL,
        "url": f"{base_url}about",
        "version": str(edition.number),
        "dateModified": edition.published_at.isoformat(),
        "isAccessibleForFree": True,
        "keywords": ["salary", "compensation", "machine learning", "data science"],
        "measurementTechnique": f"{base_url}about#how-a-number-is-made",
        "variableMeasured": [MEASURES[measure].label for measure in PUBLISHED_PAY],
        "size": count_of(files[0].records, "record"),
        "isBasedOn": [
            {"@type": "CreativeWork", "name": source.label, "license": source.licence}
            | ({"url": source.url} if source.url else {})
            for _, source in _sources(index, (is_sample,))
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


def _sources(index: Index, sample: Iterable[bool]) -> list[tuple[int, Source]]:
    """The sources with their numbers of records, largest first."""
    ids = (id_ for is_sample in sample for id_ in sources_of(index, is_sample=is_sample))
    found = [(index.records(id_), index.reference.sources[id_]) for id_ in ids]
    return sorted(found, key=lambda pair: -pair[0])


def _url(base_url: str, file: File) -> str:
    return f"{base_url}downloads/{file.name}"
