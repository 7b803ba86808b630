"""Values that the reference data no longer has, in a database that has them."""

from pathlib import Path

from support.csv_imports import PAY, PLAIN, import_text, records

from seed.reference_data import load_reference_data
from service.store.bulk import bulk_connection
from service.store.reference import Reference, add_terms, load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

FORMER = Term(Factor.ROLE, "machine-learning-lead", "Machine Learning Lead", (Factor.ROLE, "machine-learning"), ("ML Lead",))
MAPPING = f'{PLAIN}{PAY}\n[[factor]]\nfactor = "role"\ncolumn = "title"\n'


def with_former_role(url: str) -> int:
    """The id of a role that earlier reference data had, after adding it."""
    with bulk_connection(url) as rows:
        number = add_terms(rows, [FORMER]).find(Factor.ROLE, FORMER.code).id
        rows.commit()
    return number


def reference(url: str) -> Reference:
    with bulk_connection(url) as rows:
        return load_reference(rows)


def test_a_removed_role_keeps_its_id_and_loses_its_spellings(database_url: str) -> None:
    number = with_former_role(database_url)
    for _ in range(2):
        load_reference_data(database_url)
        found = reference(database_url).taxonomy[number]
        assert (found.code, found.label, found.aliases) == ("machine-learning-lead", "Machine Learning Lead (retired)", ())
    role = reference(database_url).titles.read("ML Lead").role
    assert role
    assert role.code == "machine-learning-engineer"


def test_a_role_that_returns_gets_its_label_and_spellings_back(database_url: str) -> None:
    number = with_former_role(database_url)
    load_reference_data(database_url)
    assert with_former_role(database_url) == number
    found = reference(database_url).taxonomy[number]
    assert (found.label, found.aliases) == (FORMER.label, FORMER.aliases)


def test_records_of_a_removed_role_are_restated_by_the_next_import(database_url: str, tmp_path: Path) -> None:
    with_former_role(database_url)
    mapped = MAPPING + 'map = {"Head Wrangler" = "machine-learning-lead"}\n'
    import_text(database_url, tmp_path, "pay,title\n100000,Head Wrangler\n", mapped)
    assert [record["role"] for record in records(database_url)] == ["machine-learning-lead"]
    load_reference_data(database_url)
    assert [record["role"] for record in records(database_url)] == ["machine-learning-lead"]
    report = import_text(
        database_url, tmp_path, "pay,title\n100000,Head Wrangler\n", mapped.replace("learning-lead", "learning-engineer")
    )
    assert (report.imported, report.restated) == (0, 1)
    assert [record["role"] for record in records(database_url)] == ["machine-learning-engineer"]


def test_sources_of_imports_stay(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, "pay,title\n100000,Data Scientist\n", MAPPING)
    load_reference_data(database_url)
    assert reference(database_url).taxonomy.find(Factor.SOURCE, "test").label == "test"
