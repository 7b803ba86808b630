"""Errors in mappings name the key to correct."""

from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, mapping_of

from seed.importer.mapping import builtin_mapping, builtin_names, load_mapping
from seed.reference_data import sources
from service.errors import DataError

ROLE = '\n[[factor]]\nfactor = "role"\ncolumn = "title"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "not valid TOML"),
        ("", r"\[dataset\] is missing"),
        (PLAIN, r"\[pay\] is missing"),
        (PAY + '[dataset]\ncode = "a"\nkind = "survey"', "effective is missing"),
        (PLAIN.replace("2024-06", "June") + PAY, "effective is wrong: 'June' is not a month"),
        (PLAIN.replace('"2024-06"', "2024") + PAY, "effective must be a table"),
        (PLAIN.replace('code = "test"', 'code = "My Data"') + PAY, "dataset.code must be lower-case letters"),
        (PLAIN.replace("survey", "rumour") + PAY, "dataset.kind must be one of self-reported"),
        (PLAIN.replace("survey", "sample") + PAY, "dataset.kind must be one of self-reported"),
        (PLAIN + 'licens = "x"' + PAY, r"dataset\.licens .* did you mean licence\?"),
        (PLAIN + "qqq = 1" + PAY, "dataset.qqq .* known keys are code"),
        (PLAIN + "snapshot = 1" + PAY, "dataset.snapshot must be true or false"),
        (PLAIN + '[pay]\ncurrency = "USD"', "pay.base or total_compensation must name the column"),
        (PLAIN + '[pay]\nbase = "pay"', "pay.currency is missing"),
        (PLAIN + PAY + 'unit = "decade"', "pay.unit must be one of year, month"),
        (PLAIN + PAY + 'unit = {column = "u", map = {x = "eon"}}', r"pay.unit.map.x must be one of year"),
        (PLAIN + PAY + 'bonus = {low = "a", high = "b"}', "pay.bonus must name one column"),
        (PLAIN + PAY + '[file]\ndelimiter = "::"', "file.delimiter must be one character"),
        (PLAIN + PAY + '[file]\nencoding = "ebcdic"', "file.encoding must be one of utf-8, latin-1, cp1252"),
        (PLAIN + PAY + "[file]\nfooter_lines = -1", "file.footer_lines must be 0 or more"),
        (PLAIN + PAY + "[file]\nfooter_lines = true", "file.footer_lines must be a whole number"),
        (PLAIN + PAY + "[file]\nmissing = [1]", "file.missing must be a list of strings"),
        (PLAIN + PAY + '[file]\nfetch = "http://example.org/"', "file.fetch and sha256 must be set together"),
        (PLAIN + PAY + ROLE + ROLE, "the factor role appears twice"),
        (PLAIN + PAY + ROLE.replace("role", "shoe_size"), r"\[\[factor\]\] 1.factor must be one of role"),
        (PLAIN + PAY + ROLE.replace('column = "title"', ""), "column or constant is required"),
        (PLAIN + PAY + ROLE + "minimum_records = 5", "minimum_records is for employers"),
        (PLAIN + PAY + ROLE.replace("role", "level") + "level_words = true", "are for roles, not for level"),
        (PLAIN + PAY + ROLE + "map = {x = 1}", "map must be a table of strings"),
        (PLAIN + PAY + '[factor]\nfactor = "role"', r"factor must be written as \[\[factor\]\]"),
        (PLAIN + PAY + '[[measure]]\nmeasure = "bonus"\ncolumn = "x"', "measure must be one of negotiation_uplift"),
        (PLAIN + PAY + '[[measure]]\nmeasure = "career_growth"\ncolumn = "x"\nscale = [1]', "scale must be the two ends"),
        (PLAIN + PAY + '[pairs]\ncolumns = ["pay"]\nsince = "2022-01"', r"pairs.\[single\] is missing"),
    ],
)
def test_error_names_the_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        mapping_of(tmp_path, text)


def test_missing_mapping(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no mapping file"):
        load_mapping(tmp_path / "no.toml")
    with pytest.raises(DataError, match=r"nojobs.* aijobs, lca, stackoverflow-2017"):
        builtin_mapping("nojobs")


@pytest.mark.parametrize("code", ['map = {x = "data-enginer"}', "nothing"])
def test_unknown_codes_in_a_mapping(database_url: str, tmp_path: Path, code: str) -> None:
    role = ROLE + code if "map" in code else ROLE.replace('column = "title"', 'constant = "data-enginer"')
    with pytest.raises(DataError, match=r"data-enginer.*data-engineer"):
        import_text(database_url, tmp_path, "title,pay\nx,1\n", PLAIN + PAY + role)


@pytest.mark.parametrize("name", builtin_names())
def test_sources_of_mappings_equal_the_reference_data(name: str) -> None:
    known = {source.code: source for source in sources()}
    assert [known[source.code] for source in builtin_mapping(name).sources] == list(builtin_mapping(name).sources)
