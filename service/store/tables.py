"""The tables; migrations are proven equal to them (`alembic check`).

One PostgreSQL and a Citus cluster both accept all of it: ids made by the application, no unique constraint on a large
table beside its primary key, no identity columns, no triggers. The columns of `salary_record` follow from the two
registries; its ids of factor values have no foreign keys, which would slow an import, and are taken from `factor_value`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from service.vocabulary.factors import MULTIPLE, SINGLE, SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(SQLModel):
    """What the declared tables share: one metadata with named constraints."""

    metadata = metadata


def _one_of(column: str, codes: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in codes)})", name=column)


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_type=DateTime(timezone=True), nullable=nullable)


class FactorValueRow(Base, table=True):
    """A value of a factor; `parent` is the value that includes it."""

    __tablename__ = "factor_value"
    __table_args__ = (Index(None, "factor", "code", unique=True),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    factor: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    parent: int | None = Field(default=None, foreign_key="factor_value.id")
    aliases: list[str] = Field(sa_type=ARRAY(Text))


class SourceRow(Base, table=True):
    """What is told of a source beside its code and label, which stand in `factor_value` under the same id."""

    __tablename__ = "source"
    __table_args__ = (_one_of("kind", SOURCE_KINDS),)

    id: int = Field(primary_key=True, foreign_key="factor_value.id", sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    licence: str = Field(sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)


class FxRateRow(Base, table=True):
    """US dollars for one unit of a currency, mean of a calendar year."""

    __tablename__ = "fx_rate"
    __table_args__ = (CheckConstraint("usd > 0", name="usd"),)

    currency: str = Field(primary_key=True, sa_type=CHAR(3))
    year: int = Field(primary_key=True)
    usd: float = Field(sa_type=Double)


class PriceLevelRow(Base, table=True):
    """Cost of living in a place and year, United States = 100."""

    __tablename__ = "price_level"
    __table_args__ = (CheckConstraint("level > 0", name="level"),)

    place: int = Field(primary_key=True, foreign_key="factor_value.id")
    year: int = Field(primary_key=True)
    level: float = Field(sa_type=Double)


class EditionRow(Base, table=True):
    """A state of the data; one without `published_at` is being written, or was left by a writer that died."""

    __tablename__ = "edition"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    started_at: datetime = _instant()
    published_at: datetime | None = _instant(nullable=True)
    records: int | None = Field(default=None, sa_type=BigInteger)


class WatermarkRow(Base, table=True):
    """One row: the edition that readers are to answer from. Written only after that edition's rows have committed."""

    __tablename__ = "watermark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    edition: int


def _record_columns() -> list[Column[Any]]:
    factors: list[Column[Any]] = [Column(factor.value, Integer, nullable=factor is not Factor.SOURCE) for factor in SINGLE]
    factors += [Column(factor.value, ARRAY(Integer)) for factor in MULTIPLE]
    reported = ("base_reported", "base_low", "base_high", "bonus_reported", "equity_reported")
    return [
        Column("id", Uuid, primary_key=True),
        Column("added_in", Integer, primary_key=True, autoincrement=False),
        Column("removed_in", Integer),
        Column("effective", Date, nullable=False),
        *factors,
        Column("currency", CHAR(3), nullable=False),
        *(Column(name, BigInteger) for name in reported),
        *(Column(measure.value, Integer) for measure in MEASURES),
    ]


def _record_checks() -> list[CheckConstraint]:
    bounds = [
        CheckConstraint(f"{spec.measure} BETWEEN {spec.low} AND {spec.high}", name=spec.measure.value)
        for spec in MEASURES.values()
    ]
    return [
        CheckConstraint("removed_in > added_in", name="removed_in"),
        CheckConstraint("extract(day FROM effective) = 1", name="effective"),
        CheckConstraint("base_low <= base_high", name="base_range"),
        *bounds,
    ]


salary_record = Table("salary_record", metadata, *_record_columns(), *_record_checks())
"""Published records, append-only: visible in editions from `added_in` on and before `removed_in`."""


class SubmissionRow(Base, table=True):
    """A contributor's answers as given; `id` derives from the idempotency key. Row-level security decides who sees which.

    A withdrawn one keeps no `answers`, `digest` or `findings`. `record` is the published record made of it, under an id
    that tells nothing of this one; a moderator's word that it is good sets `cleared`, and it is not held again.
    """

    __tablename__ = "submission"
    __table_args__ = (
        _one_of("status", ("held", "accepted", "published", "rejected", "withdrawn")),
        Index("ix_submission_held", "submitted_at", "id", postgresql_where=text("status = 'held'")),
    )

    id: UUID = Field(primary_key=True)
    receipt_hash: bytes = Field(sa_type=LargeBinary, index=True)
    status: str = Field(sa_type=Text)
    submitted_at: datetime = _instant()
    answers: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    findings: list[Any] | None = Field(default=None, sa_type=JSONB)
    reason: str | None = Field(default=None, sa_type=Text)
    cleared: bool = False
    record: UUID | None = Field(default=None, index=True)
    published_in: int | None = None
    retries: int = 0


class SpentProofRow(Base, table=True):
    """A proof of work that was accepted once; kept until it would have expired anyway."""

    __tablename__ = "spent_proof"

    id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: datetime = _instant()


class RateRow(Base, table=True):
    """How often something was done in an hour from one network, by a keyed hash of its prefix; kept for a day."""

    __tablename__ = "rate"

    id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    hour: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    count: int


class SecretRow(Base, table=True):
    """A random key that all processes of an installation share, made by the first that needs it."""

    __tablename__ = "secret"

    name: str = Field(primary_key=True, sa_type=Text)
    value: bytes = Field(sa_type=LargeBinary)


class ReviewRow(Base, table=True):
    """A moderator's decision on a submission: who, why, and by which token (none in the terminal)."""

    __tablename__ = "review"
    __table_args__ = (_one_of("decision", ("accept", "reject")),)

    id: UUID = Field(primary_key=True)
    submission: UUID = Field(index=True)
    decision: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    reviewer: str = Field(sa_type=Text)
    token: UUID | None = None
    decided_at: datetime = _instant()


class FlagRow(Base, table=True):
    """A reader's doubt about a published record, and the review that settled it."""

    __tablename__ = "flag"

    id: UUID = Field(primary_key=True)
    record: UUID = Field(index=True)
    reason: str = Field(sa_type=Text)
    flagged_at: datetime = _instant()
    review: UUID | None = None


class ApiTokenRow(Base, table=True):
    """A moderator's bearer token, stored hashed; `name` says whose it is."""

    __tablename__ = "api_token"
    __table_args__ = (_one_of("role", ("moderator",)),)

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    token_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = _instant()
    expires_at: datetime = _instant()
    revoked_at: datetime | None = _instant(nullable=True)
