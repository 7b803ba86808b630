"""`make validate`: its results compared with the same files read by pandas, and with PostgreSQL's percentile_cont."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.databases import clone

from bench.markdown import change, table
from bench.validation import imports
from bench.validation.comparison import Agreement, PaySummary, agreement, correlation, summary_of
from bench.validation.files import AIJOBS, FILINGS, METROS, NAMES, OEWS, STATES_2024, Files
from bench.validation.report import PAGE, Validation, render, validate
from service.store.bulk import bulk_connection

SHARES = [0.1, 0.25, 0.5, 0.75, 0.9]
BY_ROLE = """
    SELECT count(*) AS n,
        percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY base_salary) AS percentiles
    FROM salary_record JOIN factor_value AS s ON s.id = source JOIN factor_value AS r ON r.id = role
        JOIN factor_value AS c ON c.id = country
    WHERE removed_in IS NULL AND s.code = 'lca' AND c.code = 'us' AND r.code = ANY (string_to_array($1, ','))
"""
BY_METRO = """
    SELECT m.code, m.aliases[1] AS cbsa, percentile_cont(0.5) WITHIN GROUP (ORDER BY base_salary) AS median
    FROM salary_record JOIN factor_value AS s ON s.id = source JOIN factor_value AS r ON r.id = role
        JOIN factor_value AS m ON m.id = metro JOIN factor_value AS c ON c.id = country
        LEFT JOIN factor_value AS f ON f.id = r.parent
    WHERE removed_in IS NULL AND s.code = 'data-jobs-2023' AND c.code = 'us' AND 'data-science' IN (r.code, f.code)
    GROUP BY m.code, m.aliases[1] HAVING count(base_salary) >= 20
"""
real_data = [pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        yield url


@pytest.fixture(scope="module")
def validated(database: str, data_files: Path) -> Validation:
    return validate(Files(data_files), database)


def read(data_files: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(data_files / name, dtype=str, keep_default_na=False)


class TestRealData:
    pytestmark = real_data

    def test_document_is_up_to_date(self, validated: Validation, data_files: Path) -> None:
        """If this fails, results have changed: run `make validate`, and check that the text of page.md is still true."""
        assert PAGE.read_text(encoding="utf-8") == render(validated, Files(data_files))

    def test_table_of_imports_is_up_to_date(self, validated: Validation) -> None:
        """Every row of the files is accounted for; if this fails, run `make validate`."""
        text = imports.PAGE.read_text(encoding="utf-8")
        assert imports.with_table(text, validated.imports) == text
        for report in validated.imports.values():
            rows, *outcomes, _ = report.summary
            assert rows == sum(outcomes)

    def test_medians_by_metro_area_equal_postgresql(self, validated: Validation, database: str, data_files: Path) -> None:
        """Of the data scientists in data_jobs, and those that OEWS publishes for the CBSA code of the area."""
        with bulk_connection(database) as rows:
            groups = rows.query(BY_METRO).to_pylist()
        oews = read(data_files, OEWS)
        local = oews[(oews.soc_code == "15-2051") & oews.area_code.str.startswith("00") & (oews.annual_p50 != "-")]
        official = dict(zip(local.area_code.str[2:], local.annual_p50.astype(float), strict=True))
        expected = {one["code"]: (one["median"], official[one["cbsa"]]) for one in groups if one["cbsa"] in official}
        [found] = [one for one in validated.official_wages.metros if one.role == "data-science"]
        assert found.pairs == expected
        assert len(expected) >= 30
        pairs = pd.DataFrame(expected.values())
        assert found.correlation
        assert found.correlation.rho == pytest.approx(pairs[0].rank().corr(pairs[1].rank()))

    def test_percentiles_of_filings_equal_postgresql(self, validated: Validation, database: str) -> None:
        """For the same roles, selected by their codes in SQL."""
        for one in validated.filings.compared[:5]:
            with bulk_connection(database) as rows:
                [found] = rows.query(BY_ROLE, [",".join(one.roles)]).to_pylist()
            assert one.payrank.count == found["n"]
            assert one.payrank.percentiles == pytest.approx(found["percentiles"])

    def test_occupations_equal_pandas(self, validated: Validation, data_files: Path) -> None:
        """The most frequent occupation, with its codes of 2010 and 2018."""
        [developers] = [one for one in validated.filings.compared if one.code == "15-1252"]
        oews, lca = read(data_files, OEWS), read(data_files, FILINGS)
        whole = oews[(oews.soc_code == "15-1252") & (oews.industry_code == "000000") & (oews.area_type == "national")].iloc[
            0
        ]
        official = [float(whole[f"annual_p{share}"]) for share in (10, 25, 50, 75, 90)]
        assert developers.official.percentiles == tuple(official)
        assert developers.ratios == pytest.approx(np.array(developers.payrank.percentiles) / official)
        yearly = {"Year": 1, "Hour": 2080, "Month": 12, "Week": 52, "Bi-Weekly": 26}
        filed = lca[lca.SOC_CODE.str.strip().str[:7].isin(["15-1252", "15-1132", "15-1133"])]
        pay = (filed.WAGE_RATE_OF_PAY_FROM.astype(float) * filed.WAGE_UNIT_OF_PAY.map(yearly)).round()
        prevailing = (filed.PREVAILING_WAGE.astype(float) * filed.PW_UNIT_OF_PAY.map(yearly)).round()
        assert developers.filed_summary.count == len(filed)
        assert developers.filed_summary.percentiles == pytest.approx(pay.quantile(SHARES).tolist())
        assert developers.at_prevailing == pytest.approx((pay <= prevailing).mean())
        assert developers.prevailing == pytest.approx(prevailing.median() / official[2])

    def test_rank_correlations_equal_pandas(self, validated: Validation, data_files: Path) -> None:
        oews, states = read(data_files, OEWS), read(data_files, STATES_2024)
        postal = dict(zip(states.state_fips, states.usps, strict=True))
        compared = [one for one in validated.filings.compared if one.by_role]
        assert len(compared) == 9
        for one in compared:
            local = oews[(oews.soc_code == one.code) & (oews.area_type == "state") & oews.state_fips.isin(postal)]
            medians = {f"us-{postal[row.state_fips].lower()}": row.annual_p50 for row in local.itertuples()}
            payrank = pd.Series({code: state.payrank.median for code, state in one.states.items()})
            official = pd.Series({code: float(medians[code]) for code in one.states})
            assert one.by_role is not None
            assert one.by_role.count == len(payrank) >= 10
            assert one.by_role.rho == pytest.approx(payrank.rank().corr(official.rank()))

    def test_all_percentiles_of_the_ai_jobs_file_are_equal(self, validated: Validation) -> None:
        for one in validated.advertisements.exactness:
            assert one.dollars_only.uneven == one.ecb_rates.uneven == 0
            assert (one.dollars_only.equal, one.ecb_rates.equal) == (one.dollars_only.percentiles, one.ecb_rates.percentiles)
        assert sum(one.dollars_only.percentiles for one in validated.advertisements.exactness) > 1_000
        assert validated.filings.exactness.equal == validated.filings.exactness.percentiles == 5 * 51

    def test_roles_of_the_ai_jobs_file_equal_pandas(self, validated: Validation, data_files: Path) -> None:
        rows = read(data_files, AIJOBS)
        here = rows[rows.company_location == "US"]
        for one in validated.advertisements.roles:
            pay = here[here.job_title.str.lower() == one.title].salary_in_usd.astype(float)
            assert (one.title_only.count, one.title_only.percentiles) == (
                len(pay),
                pytest.approx(pay.quantile(SHARES).tolist()),
            )
        engineers = validated.advertisements.roles[0]
        assert engineers.payrank.percentiles == pytest.approx((125_000, 149_850, 193_750, 249_000, 300_200))
        assert engineers.payrank.count == 8_118
        euros = rows[(rows.salary_currency == "EUR") & (rows.work_year == "2025")]
        [rate] = [one for one in validated.advertisements.rates if (one.currency, one.year) == ("EUR", "2025")]
        assert rate.file == pytest.approx((euros.salary_in_usd.astype(float) / euros.salary.astype(float)).median())
        assert rate.relative_error == pytest.approx(-0.0685, abs=0.0005)

    def test_price_levels_equal_the_files(self, validated: Validation) -> None:
        assert [(one.levels, one.equal, one.missing) for one in validated.cost_of_living.levels] == [
            (3_869, 3_869, 0),
            (510, 510, 0),
            (1_981, 1_981, 0),
        ]

    def test_adjusted_medians_of_metro_areas_equal_pandas(self, validated: Validation, data_files: Path) -> None:
        """OEWS medians of five or more occupations, divided by BEA's parities of 2024, without PayRank."""
        oews = read(data_files, OEWS)
        local = oews[
            oews.area_code.str.startswith("00") & (oews.area_type == "metro_or_nonmetro") & (oews.annual_p50 != "-")
        ]
        local = local[~local.soc_code.isin(["00-0000", "15-0000", "15-1299", "15-2099"])]
        by_area = local.assign(pay=local.annual_p50.astype(float)).groupby(local.area_code.str[2:]).pay
        medians = by_area.median()[by_area.count() >= 5]
        bea = pd.read_csv(data_files / METROS, dtype=str, skipinitialspace=True, skipfooter=4, engine="python")
        index = bea[bea.LineCode == "1"].assign(area=bea.GeoFIPS.str.strip(' "')).set_index("area")["2024"].astype(float)
        both = pd.DataFrame({"pay": medians, "level": index}).dropna()
        [effect] = [one for one in validated.cost_of_living.effects if one.label == "metro areas"]
        assert effect.plain.count == len(both)
        assert effect.plain.rho == pytest.approx(both.pay.rank().corr(both.level.rank()))
        assert effect.adjusted.rho == pytest.approx((both.pay / both.level).rank().corr(both.level.rank()), abs=0.001)
        assert effect.error < 1

    def test_document_lists_every_file_with_its_hash(self, data_files: Path) -> None:
        text = PAGE.read_text(encoding="utf-8")
        assert all(f"| `{name}` | `{Files(data_files).hash(name)}` |" in text for name in NAMES)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=4, max_size=40))
def test_rank_correlation_equals_correlation_of_ranks(pairs: list[tuple[int, int]]) -> None:
    first, second = (pd.Series(side, dtype=float) for side in zip(*pairs, strict=True))
    assume(first.nunique() > 1 and second.nunique() > 1)
    found = correlation(first.tolist(), second.tolist())
    assert found.rho == pytest.approx(first.rank().corr(second.rank()))
    assert -1 <= found.low <= found.rho <= found.high <= 1


def test_summary_interpolates_linearly() -> None:
    assert summary_of([30, 10, 20, 40, 50]) == PaySummary(5, (14.0, 20.0, 30.0, 40.0, 46.0))


def test_groups_of_different_size_are_not_compared() -> None:
    two, three = PaySummary(2, (None, 1.0, 2.0, 3.0, None)), PaySummary(3, (None, 1.0, 2.0, 3.004, None))
    assert agreement({("a",): two, ("b",): three}, {("a",): three, ("b",): two}) == Agreement(0, 2, 0, 0, 0.0)
    found = agreement({("a",): two}, {("a",): PaySummary(2, (9.0, 1.0, 2.004, 3.0, 9.0))})
    assert (found.percentiles, found.equal, found.largest) == (3, 3, pytest.approx(0.004))


def test_markdown_tables_and_changes() -> None:
    assert table(("a", "b", "c"), [("1", "2", "3")]) == "| a | b | c |\n| --- | ---: | ---: |\n| 1 | 2 | 3 |"
    assert [change(share) for share in (0.0266, -0.0684, -0.0004, None)] == ["+2.7%", "-6.8%", "0.0%", ""]
