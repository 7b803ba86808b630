"""The pay of a proposed mapping: its columns, units and multiples, and what is named but not proposed."""

import tomllib
from pathlib import Path

import pytest
from support.csv_imports import suggested

from seed.importer.mapping import load_mapping
from seed.importer.suggestion import suggest_mapping
from service.errors import DataError


def test_a_file_without_amounts_gets_no_pay(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("city,since\nParis,2024-01\nRome,2024-02\n")
    suggestion = suggest_mapping(str(tmp_path / "places.csv"))
    assert (suggestion.has_pay, suggestion.guesses, tomllib.loads(suggestion.text)["pay"]) == (False, ("kind",), {})
    (tmp_path / "m.toml").write_text(suggestion.text)
    with pytest.raises(DataError, match=r"pay.currency is missing"):
        load_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Wage per 2 weeks", "two-weeks"),
        ("Pay (2-week period)", "two-weeks"),
        ("Gehalt pro 2 Wochen", "two-weeks"),
        ("Wage per two weeks", "two-weeks"),
        ("Wage per week", "week"),
        ("Salary 2024 monthly", "month"),
        ("Wage per 4 weeks", None),
        ("Wage per 3 months", None),
    ],
)
def test_a_number_of_weeks_or_months_in_a_name_is_part_of_the_unit(tmp_path: Path, header: str, unit: str | None) -> None:
    text = suggested(tmp_path, "pay.csv", f"date,{header}\n2024-05,4000\n2024-06,5000\n")
    pay = tomllib.loads(text)["pay"]
    assert (pay["base"], pay.get("unit")) == (header, unit)
    assert (f'# unit = ""  # the name of the column says {header[9:]}, which is no unit' in text) == (unit is None)


@pytest.mark.parametrize("others", ["", ",Gross salary"])
def test_net_pay_is_named_but_not_proposed(tmp_path: Path, others: str) -> None:
    rows = [f"2024-05,{net}{f',{net * 2}' if others else ''}" for net in (3_000, 4_000)]
    text = suggested(tmp_path, "pay.csv", "\n".join([f"date,Net monthly salary (EUR){others}", *rows]))
    assert tomllib.loads(text)["pay"].get("base") == (others.strip(",") or None)
    assert ('# base = ""  # unknown: no column of gross pay was found\n' in text) == (not others)
    assert '# "Net monthly salary (EUR)" is net pay by its name, which cannot be imported: only gross pay can.\n' in text


@pytest.mark.parametrize(
    ("header", "cells", "multiplier", "currency", "unit"),
    [
        ("tkr", (480, 520), 1_000, "SEK", None),
        ("Lön (tkr)", (480, 520), 1_000, "SEK", None),
        ("Månadslön (tkr)", (40, 45), 1_000, "SEK", "month"),
        ("тыс. руб.", (150, 200), 1_000, "RUB", None),
        ("Зарплата в месяц, тыс. руб.", (150, 200), 1_000, "RUB", "month"),
        ("월급", (4_000_000, 5_000_000), 1, "USD", "month"),
        ("월급 (만원)", (400, 500), 10_000, "KRW", "month"),
        ("연봉 (만원)", (5_000, 6_000), 10_000, "KRW", None),
    ],
)
def test_pay_in_swedish_russian_and_korean(
    tmp_path: Path, header: str, cells: tuple[int, int], multiplier: int, currency: str, unit: str | None
) -> None:
    text = suggested(tmp_path, "pay.csv", "\n".join([f'date,"{header}"', *(f"2024-05,{cell}" for cell in cells)]))
    pay = tomllib.loads(text)["pay"]
    assert pay["base"] == ({"column": header, "multiplier": multiplier} if multiplier > 1 else header)
    assert (pay["currency"], pay.get("unit")) == (currency, unit)


def test_years_are_not_proposed_as_pay(tmp_path: Path) -> None:
    proposal = tomllib.loads(suggested(tmp_path, "a.csv", "Year,Role,Comment\n2023,Data Engineer,x\n2024,Data Analyst,y\n"))
    assert "base" not in proposal["pay"]


def test_further_bonuses_are_a_comment_and_full_time_is_that_of_most_rows(tmp_path: Path) -> None:
    header = "date,salary,Bonus,Holiday bonus,Hours per week\n"
    text = suggested(tmp_path, "fi.csv", f"{header}2024-05,60000,3000,1500,37.5\n2024-05,70000,4000,2000,37.5\n")
    assert '# bonus = ["Bonus", "Holiday bonus"]  # to add all of them, if they are parts of it\n' in text
    assert '\nfull_time_hours = 37.5  # 100% of the rows with hours have "37.5"; 40 by default\n' in text
    few = suggested(tmp_path, "mixed.csv", f"{header}2024-05,60000,3000,1500,37.5\n2024-05,70000,4000,2000,38\n")
    assert '# full_time_hours = 37.5  # 50% of the rows with hours have "37.5"; 40 by default\n' in few


def test_a_bonus_for_another_time_than_a_year_is_multiplied(tmp_path: Path) -> None:
    header = 'date,salary,Bonus (monthly USD),"Commission (gross, monthly EUR)",Holiday bonus'
    text = suggested(tmp_path, "monthly.csv", f"{header}\n2024-05,60000,300,100,1500\n2024-05,70000,400,200,2000\n")
    assert tomllib.loads(text)["pay"]["bonus"]["multiplier"] == 12
    columns = '["Bonus (monthly USD)", "Commission (gross, monthly EUR)"]'
    assert f"# bonus = {{columns = {columns}, multiplier = 12}}  # to add all of them" in text
    assert '# "Holiday bonus" is a bonus for another time or in another multiple, so it cannot be added.' in text


def test_hours_that_are_worked_are_a_comment(tmp_path: Path) -> None:
    text = suggested(tmp_path, "worked.csv", "date,salary,HoursWorkedPerWeek\n2024-05,60000,50\n2024-05,70000,20\n")
    assert "hours_per_week" not in tomllib.loads(text)["pay"]
    assert '# hours_per_week = {column = "HoursWorkedPerWeek"}' in text


def test_the_median_is_of_rows(tmp_path: Path) -> None:
    rows = "".join(f"2024-05,{pay}\n" for pay in (50_000, 50_000, 50_000, 60_000, 90_000))
    assert "the median is about 50,000" in suggested(tmp_path, "equal.csv", f"date,salary\n{rows}")
