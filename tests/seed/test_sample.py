"""The made-up sample: its format, its documentation, loading and removal."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from support.sample_tables import RECORDS, carrying, codes, complete, effects, numbered_reference

from seed.sample import load_sample, remove_sample, sample_batches
from seed.sample.model import EFFECTS, EMPLOYERS, LOCATIONS
from service.store.bulk import bulk_connection
from service.store.editions import current_edition
from service.store.records import RECORD_SCHEMA
from service.store.reference import Reference
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure

RARE = {(Factor.EXPERIENCE, str(years)) for years in range(31, 41)}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sample.md"


def test_records_have_the_record_schema(sample: pa.Table) -> None:
    sample.validate(full=True)
    assert sample.schema.equals(RECORD_SCHEMA)
    assert len(set(sample["id"].to_pylist())) == len(sample) == RECORDS
    assert not any(
        sample[name].null_count for name in ("id", "effective", "currency", "source", "base_reported", "base_salary")
    )


def test_batches_have_the_requested_size(reference: Reference) -> None:
    batches = sample_batches(reference, 2_500, 1, batch=1_000)
    assert [batch.num_rows for batch in batches] == [1_000, 1_000, 500]


def test_records_are_determined_by_the_seed(reference: Reference) -> None:
    first, again, other = (pa.Table.from_batches(sample_batches(reference, 3_000, seed, batch=1_000)) for seed in (5, 5, 6))
    assert first.equals(again)
    assert not set(first["id"].to_pylist()) & set(other["id"].to_pylist())
    assert not first["base_salary"].equals(other["base_salary"])


def test_records_depend_on_codes_and_not_on_ids(reference: Reference) -> None:
    renumbered = numbered_reference(10_001)
    first, second = (next(sample_batches(known, 2_000, 3)) for known in (reference, renumbered))
    for name in RECORD_SCHEMA.names:
        if name in SINGLE:
            assert codes(reference, first[name]) == codes(renumbered, second[name])
        elif name in MULTIPLE:
            shifted = [None if row is None else [n + 10_000 for n in row] for row in first[name].to_pylist()]
            assert shifted == second[name].to_pylist()
        else:
            assert first[name].equals(second[name])


def test_every_factor_has_values_and_missing_values(reference: Reference, sample: pa.Table) -> None:
    for factor in (*SINGLE, *MULTIPLE):
        column = sample[factor.value]
        present = pc.unique(pc.list_flatten(column) if factor in MULTIPLE else column).drop_null().to_pylist()
        assert {reference.taxonomy[number].factor for number in present} == {factor}
        assert (0 < column.null_count < len(sample)) is (factor is not Factor.SOURCE)
    assert set(codes(reference, pc.unique(sample["source"]))) == {"sample"}


def test_every_value_of_the_model_occurs(reference: Reference, sample: pa.Table) -> None:
    for factor, code, _ in effects(EFFECTS):
        assert (factor, code) in RARE or carrying(reference, sample, factor, code).any(), (factor, code)


def test_lists_have_no_duplicates_and_may_be_empty(sample: pa.Table) -> None:
    for factor in MULTIPLE:
        listed = sample[factor.value].drop_null().to_pylist()
        assert all(len(set(row)) == len(row) for row in listed)
    assert pc.any(pc.equal(pc.list_value_length(sample["certification"]), 0)).as_py()


def test_places_include_their_parents(reference: Reference, sample: pa.Table) -> None:
    rows = {tuple(row) for row in zip(*(sample[place.value].to_pylist() for place in PLACES), strict=True)}
    assert (None, None, None) in rows
    for row in rows - {(None, None, None)}:
        places = {factor: number for factor, number in zip(PLACES, row, strict=True) if number is not None}
        narrowest = reference.taxonomy[next(number for number in row if number is not None)]
        assert places == {narrowest.factor: narrowest.id, **reference.taxonomy.place_parents(narrowest)}
        assert Factor.COUNTRY in places


def test_months_run_from_january_2020_to_october_2026(sample: pa.Table) -> None:
    months = sorted({(day.year, day.month, day.day) for day in sample["effective"].unique().to_pylist()})
    assert months == [(2020 + n // 12, n % 12 + 1, 1) for n in range(6 * 12 + 10)]


def test_pay_is_in_the_currency_of_the_country_and_in_dollars_of_the_year(reference: Reference, sample: pa.Table) -> None:
    by_country = {reference.taxonomy.find(p.factor, p.code).id: p.currency for p in LOCATIONS if p.factor is Factor.COUNTRY}
    pairs = list(zip(sample["country"].to_pylist(), sample["currency"].to_pylist(), strict=True))
    assert all(currency == by_country.get(country, currency) for country, currency in pairs)
    years, currencies = pc.year(sample["effective"]).to_pylist(), sample["currency"].to_pylist()
    rate = np.array([reference.rates.usd(*key) for key in zip(currencies, years, strict=True)])
    for part in ("base", "bonus", "equity"):
        reported = sample[f"{part}_reported"]
        usd = sample["base_salary" if part == "base" else part]
        assert reported.is_valid().equals(usd.is_valid())
        present = np.asarray(usd.is_valid())
        assert np.array_equal(np.rint(np.asarray(reported.drop_null()) * rate[present]), np.asarray(usd.drop_null()))


def test_totals_are_sums_of_their_parts_and_null_without_one(sample: pa.Table) -> None:
    cash = pc.add(sample["base_salary"], sample["bonus"])
    assert sample["total_cash"].equals(cash)
    assert sample["total_compensation"].equals(pc.add(cash, sample["equity"]))
    assert 0 < sample["total_cash"].null_count < sample["total_compensation"].null_count < len(sample)


def test_measures_are_within_bounds(sample: pa.Table) -> None:
    for measure, spec in MEASURES.items():
        ends = pc.min_max(sample[measure.value]).as_py()
        assert spec.low <= ends["min"] < ends["max"] <= spec.high
    for measure in (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE):
        assert set(sample[measure.value].drop_null().to_pylist()) == {1, 2, 3, 4, 5}


def test_records_of_a_named_employer_have_its_attributes(reference: Reference, sample: pa.Table) -> None:
    for employer in EMPLOYERS:
        here = sample.filter(carrying(reference, sample, Factor.EMPLOYER, employer.code))
        for factor, code in (
            ("employer_type", employer.type),
            ("employer_size", employer.size),
            ("industry", employer.industry),
        ):
            assert set(codes(reference, here[factor].drop_null())) == {code}


def test_only_those_without_a_degree_have_no_field_of_study(reference: Reference, sample: pa.Table) -> None:
    records = complete(sample)
    secondary = carrying(reference, records, Factor.EDUCATION, "secondary")
    assert secondary.any()
    assert np.array_equal(secondary, carrying(reference, records, Factor.FIELD_OF_STUDY, "none"))


def test_documentation_lists_the_effects_of_the_model() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").split("## True effects on base salary")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
    documented = {
        factor: {code: float(e) for code, e in re.findall(r"`([\w-]+)` ([+-][\d.]+)", cells)} for factor, cells in rows
    }
    with_effects = {
        factor.value: {code: effect for code, effect in values.items() if effect} for factor, values in EFFECTS.items()
    }
    assert documented == {factor: values for factor, values in with_effects.items() if values}


def counts(url: str) -> tuple[int, int]:
    """The number of made-up records of the current edition, and the number of editions."""
    with bulk_connection(url) as rows:
        sql = (
            "SELECT count(*) FROM salary_record r JOIN factor_value v ON v.id = r.source "
            "WHERE v.code = 'sample' AND removed_in IS NULL"
        )
        return int(rows.scalar(sql)), int(rows.scalar("SELECT count(*) FROM edition"))


def test_new_sample_replaces_the_old_one(database_url: str) -> None:
    progress: list[int] = []
    assert load_sample(database_url, 1_500, 1, progress.append) == 1
    assert progress[-1] == 1_500
    assert load_sample(database_url, 1_000, 1, progress.append) == 2
    assert counts(database_url) == (1_000, 2)
    with bulk_connection(database_url) as rows:
        edition = current_edition(rows)
    assert edition is not None
    assert (edition.number, edition.records) == (2, 1_000)


def test_removal_publishes_an_edition_without_the_sample(database_url: str) -> None:
    load_sample(database_url, 1_200, 2, lambda _: None)
    assert remove_sample(database_url) == 1_200
    assert counts(database_url) == (0, 2)
    assert remove_sample(database_url) == 0
    assert counts(database_url) == (0, 2)


def test_made_up_employers_are_labelled(database_url: str) -> None:
    load_sample(database_url, 1, 1, lambda _: None)
    with bulk_connection(database_url) as rows:
        found = rows.query("SELECT label FROM factor_value WHERE factor = 'employer' AND code LIKE 'example-%'")
    labels = found.column(0).to_pylist()
    assert len(labels) == len(EMPLOYERS) == 60
    assert all(re.fullmatch(r"Example .+ \(made up\)", label) for label in labels)
