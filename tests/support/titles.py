"""Job titles read by the reference data."""

from service.vocabulary.titles import TitleReader, TitleReading
from support.sample_tables import numbered_reference


def reader() -> TitleReader:
    return numbered_reference(1).titles


def read(title: str) -> TitleReading:
    return reader().read(title)


def role_of(reading: TitleReading) -> str | None:
    return reading.role.code if reading.role else None


def level_of(reading: TitleReading) -> str | None:
    return reading.level.code if reading.level else None
