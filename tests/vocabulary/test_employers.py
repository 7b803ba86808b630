"""Codes and labels of employers: legal forms of many languages, names in any script, the register."""

import csv
import gzip
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seed import reference_data
from service.vocabulary.employers import MAX_CODE, EmployerName, EmployerRegister, best_label
from service.vocabulary.factors import Factor
from service.vocabulary.legal_forms import ABBREVIATED_RELATIONS, BRACKETED, CAPITALISED, INITIALS, PREFIXES, SUFFIXES
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, numbered_values

TERMS = [term for term in reference_data.terms() if term.factor is Factor.EMPLOYER]
TAXONOMY = Taxonomy(numbered_values(reference_data.terms()))
REGISTER = EmployerRegister(TAXONOMY)


def code(name: str) -> str:
    return EmployerName(name).code


def registered(name: str) -> str:
    return REGISTER.code(EmployerName(name))


def _keys(name: str) -> set[str]:
    return {EmployerName(name).code, EmployerName(name).full_code}


FORMS = [
    ("Acme Inc.", "acme"), ("Acme, Incorporated", "acme"), ("ACME CORP", "acme"), ("Acme Corporation", "acme"),
    ("Acme L.L.C.", "acme"), ("Acme L L C", "acme"), ("Acme PLLC", "acme"), ("Acme LLP", "acme"), ("Acme, L.P.", "acme"),
    ("Acme Co., Ltd.", "acme"), ("Acme Limited", "acme"), ("Acme PLC", "acme"), ("Acme N.A.", "acme"),
    ("Acme & Co. KG", "acme"), ("Acme GmbH & Co. KG", "acme"), ("Acme GmbH", "acme"), ("Acme gGmbH", "acme"),
    ("Acme AG", "acme"), ("Acme SE", "acme"), ("Acme KGaA", "acme"), ("Acme UG (haftungsbeschränkt)", "acme"),
    ("Acme e.V.", "acme"), ("Acme eV", "acme"), ("Acme eK", "acme"), ("Acme EV", "acme-ev"),
    ("Acme S.A.", "acme"), ("Acme SAS", "acme"), ("Acme S.à r.l.", "acme"), ("Acme SARL", "acme"),
    ("Acme S.p.A.", "acme"), ("Acme SpA", "acme"), ("Acme S.r.l.", "acme"), ("Acme, S.L.", "acme"), ("Acme S.L.U.", "acme"),
    ("Acme S.A. de C.V.", "acme"), ("Acme, S. de R.L. de C.V.", "acme"), ("Acme Ltda.", "acme"), ("Acme Lda", "acme"),
    ("Acme B.V.", "acme"), ("Acme N.V.", "acme"), ("Acme BVBA", "acme"), ("Acme AB", "acme"), ("Acme AB (publ)", "acme"),
    ("Acme A/S", "acme"), ("Acme ApS", "acme"), ("Acme AS", "acme"), ("Acme ASA", "acme"), ("Acme Oy", "acme"),
    ("Acme Oyj", "acme"), ("Acme OÜ", "acme"), ('UAB „Acme“', "acme"), ("Acme, UAB", "acme"), ("Acme SIA", "acme"),
    ("Acme Sp. z o.o.", "acme"), ("Acme sp.z o.o.", "acme"), ("Acme Sp. z o. o.", "acme"), ("Acme Spółka z o.o.", "acme"),
    ("Acme s.r.o.", "acme"), ("Acme spol. s r.o.", "acme"), ("Acme a.s.", "acme"), ("Acme Kft.", "acme"),
    ("Acme Zrt.", "acme"), ("Acme d.o.o.", "acme"), ("Acme A.Ş.", "acme"), ("Acme Ltd. Şti.", "acme"),
    ("ООО «Акме»", "акме"), ("Акме, ООО", "акме"), ("ПАО Акме", "акме"), ("АО \"Акме\"", "акме"), ("ТОВ Акме", "акме"),
    ("株式会社アクメ", "アクメ"), ("アクメ株式会社", "アクメ"), ("㈱アクメ", "アクメ"), ("(株)アクメ", "アクメ"),
    ("アクメ（株）", "アクメ"), ("有限会社アクメ", "アクメ"), ("Acme K.K.", "acme"),
    ("阿克米有限公司", "阿克米"), ("阿克米(中国)有限公司", "阿克米-中国"), ("阿克米股份有限公司", "阿克米"),
    ("(주)아크메", "아크메"), ("㈜아크메", "아크메"), ("주식회사 아크메", "아크메"), ("아크메주식회사", "아크메"),
    ("Acme Pty Ltd", "acme"), ("Acme Pte. Ltd.", "acme"), ("Acme Sdn. Bhd.", "acme"), ("Acme Pvt. Ltd.", "acme"),
    ("Acme (P) Ltd", "acme"), ("Acme Private Limited", "acme"), ("PT Acme Tbk", "acme"), ("Acme PJSC", "acme"),
    ("Công ty TNHH Acme", "acme"), ("บริษัท แอคมี จำกัด", "แอคมี"), ("אקמי בע\"מ", "אקמי"),
    ("एक्मे प्राइवेट लिमिटेड", "एक्मे"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), FORMS)
def test_legal_forms_are_not_part_of_a_code(name: str, expected: str) -> None:
    assert code(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("The Company", "the-company"), ("The Limited, Inc.", "the-limited"), ("LLC", "llc"), ("AG", "ag"),
        ("株式会社", "株式会社"), ("Hotel & Spa", "hotel-and-spa"), ("Day Spa LLC", "day-spa"), ("Tesla EV", "tesla-ev"),
        ("AB Data", "ab-data"), ("SE Ranking", "se-ranking"), ("Co-operative Bank", "co-operative-bank"),
        ("PT Solutions", "pt-solutions"), ("P.T. Solutions Inc", "pt-solutions"), ("UAB Medicine", "uab-medicine"),
        ("UAB Hospital", "uab-hospital"), ("Hospital at UAB", "hospital-at-uab"), ("OOO Labs", "ooo-labs"),
        ("Zao Networks", "zao-networks"), ("Oy Vey Bagels", "oy-vey-bagels"), ("OY Group", "oy-group"),
        ("AT&T S. de R.L. de C.V.", "at-and-t"), ("H&M S. A.", "h-and-m"), ("Plan B S. L.", "plan-b"),
        ("Grupo A S. A. de C. V.", "grupo-a"), ("Vitamin C S A", "vitamin-c"), ("Foo U. S. A.", "foo-usa"),
        ("U.S.A. Rugby", "usa-rugby"), ("Sia Partners", "sia-partners"),
        ("Life Sci", "life-sci"), ("有限元科技", "有限元科技"),
    ],
)  # fmt: skip
def test_words_that_are_no_legal_form_there_remain(name: str, expected: str) -> None:
    assert code(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AT&T Services", "at-and-t-services"), ("U.S. Bank", "us-bank"), ("U S Bank", "us-bank"),
        ("C.H. Robinson", "ch-robinson"), ("Macy's", "macys"), ("Macy’s", "macys"), ("L´Oréal", "loréal"),
        ("Coca-Cola", "coca-cola"), ("Coca‑Cola", "coca-cola"), ("Yahoo!", "yahoo"), ("Amazon.com", "amazon-com"),
        ("ＩＢＭ", "ibm"), ("Ya\u200bhoo", "yahoo"), ("\u202eYahoo\u202c", "yahoo"), ("Intel®", "intel"), ("Foo™", "foo"),
        ("Acme\u00a0Labs", "acme-labs"), ("Acme\u3000Labs", "acme-labs"), ("½ Price", "1-2-price"), ("???", ""),
        ("", ""), ("\u3164", ""), ("🚀", ""),
    ],
)  # fmt: skip
def test_codes_ignore_punctuation_width_and_invisible_characters(name: str, expected: str) -> None:
    assert code(name) == expected


@pytest.mark.parametrize(
    "names",
    [
        ("Müller AG", "Möller GmbH", "Mueller AG", "Muller Inc"),
        ("Яндекс Cloud", "腾讯 Cloud", "Cloud"),
        ("Zürich Nord", "Zurich Nord"),
        ("Łódź", "Lodz", "Łodz"),
        ("कंपनी", "कपनी", "कंपना"),
        ("บริษัทกา", "บริษัทกี"),
        ("ソニ", "ゾニ"),
        ("삼성", "상성"),
        ("شركة", "شرکة"),
        ("Кофе", "Koфe"),
        ("Đà Nẵng", "Da Nang"),
        ("🚀 Alpha", "🚀 Beta"),
    ],
)
def test_names_that_differ_in_a_letter_have_different_codes(names: tuple[str, ...]) -> None:
    codes = [registered(name) for name in names]
    assert all(codes)
    assert len(set(codes)) == len(names)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("JPMorgan Chase & Co.", "JPMorgan Chase & Co"),
        ("JPMORGAN CHASE & CO.", "JPMORGAN CHASE & CO"),
        ("Bain & Company, Inc.", "Bain & Company"),
        ("Müller GmbH & Co. KG", "Müller"),
        ("  ValueMomentum,   Inc. ", "ValueMomentum"),
        ("Yahoo! Inc.", "Yahoo!"),
        ("BANK OF NEW YORK, N.A.", "BANK OF NEW YORK"),
        ("ООО «Яндекс»", "Яндекс"),
        ("株式会社メルカリ", "メルカリ"),
        ("腾讯科技(深圳)有限公司", "腾讯科技(深圳)"),
        ("Ya\u200bhoo\u202e", "Yahoo"),
        ("Cafe\u0301 Müller", "Café Müller"),
        ("=HYPERLINK(1) Acme", "HYPERLINK(1) Acme"),
        ("＝1+1", "1+1"),
        ("@ -Acme", "Acme"),
        ("The Trade Desk, Inc.", "The Trade Desk"),
        ("The Acme Company", "Acme"),
    ],
)
def test_labels_are_as_the_source_writes_them(name: str, label: str) -> None:
    assert EmployerName(name).label == label


def test_the_best_label_is_not_shouted() -> None:
    assert best_label({"COGNIZANT": 90, "Cognizant": 2, "cognizant": 1}) == "Cognizant"
    assert best_label({"COGNIZANT": 90}) == "COGNIZANT"
    assert best_label({"SAP": 90, "Sap": 3}) == "SAP"
    assert best_label({"B": 1, "A": 1}) == "A"


ONE_KEY = [
    ("AB Volvo", "Volvo AB", "AB Volvo (publ)", "Volvo"),
    ("Oy Nokia Ab", "Nokia Oyj", "Oy Nokia", "Nokia"),
    ("Petrobras S/A", "Petrobras S.A.", "Petrobras"),
    ('OOO "Akme"', "Akme OOO", "Akme"),
    ("株式会社アクメ", "アクメ 株式会社", "アクメ(株)", "アクメ"),
    ("PT Gojek Tbk", "PT. Gojek Tbk.", 'P.T. "Gojek"', "Gojek"),
    ("UAB Nokia", "P.T. Nokia", "Nokia"),
    ("The Gap, Inc.", "Gap Inc."),
    ("The New York Times", "The New York Times Company", "New York Times"),
    ("The Trade Desk, Inc.", "Trade Desk"),
    ("Zürich", "Zurich", "Zurich Insurance", "Zürich Versicherung"),
    ("Amazon Web Services (AWS)", "Amazon (AWS)", "AWS"),
    ("Google (Alphabet)", "Alphabet Inc. (Google)", "Google UK Ltd", "Google LLC (US)", "Google"),
    ("Siemens AG Österreich", "Siemens (Deutschland)", "Siemens"),
    ("阿里巴巴（中国）有限公司", "阿里巴巴"),
    ("Merck KGaA (Germany)", "Merck KGaA"),
    ("Acme Inc. (US)", "Acme US Inc", "Acme Co., Ltd. (US)"),
    ("DATEV eG", "DATEV e.G.", "DATEV"),
    ("Rimac SAC", "Rimac S.A.C.", "Rimac"),
    ("Alicorp SAA", "Alicorp"),
    ("Nordea Bank Abp", "Nordea Bank"),
    ("Acme P/L", "Acme Pty Ltd"),
    ("Acme Sdn Bhd", "Acme Sdn. Bhd.", "Acme"),
    ("Acme (India) Pvt Ltd", "Acme India Private Limited", "Acme (India) Pvt. Ltd.", "Acme India"),
    ("Acme GmbH & Co. KG", "Acme Aktiengesellschaft", "Acme"),
    (
        "Acme LLC d/b/a Zeta",
        "Acme, LLC dba Zeta",
        "Acme LLC (DBA Zeta Inc.)",
        "Acme D.B.A. Zeta",
        "ACME LLC DBA: ZETA",
        "Acme",
    ),
    ("Acme, Inc. f/k/a Zeta, Inc.", "Acme (formerly Zeta)", "Acme Inc. doing business as Zeta", "Acme"),
    (
        "Acme, a division of Zeta Inc.",
        "Acme - A Wholly Owned Subsidiary of Zeta",
        "Acme (a Zeta company)",
        "Acme, A ZETA COMPANY",
    ),
    ("The Acme Company", "Acme Company", "The Acme Company, Inc.", "The Acme Corporation", "Acme"),
    ("华为", "華為", "Huawei", "华为技术有限公司"),
    ("Merck & Co., Inc. d/b/a MSD", "Merck & Co."),
    ("Acme Data dba Zeta", "Acme Data d/b/a Zeta", "Acme Data"),
    ('Steed Hammond Paul, Inc. ("SHP")', "Steed Hammond Paul (SHP)", "Steed Hammond Paul"),
    ("Acme Bank of Florida (ABF)", "Acme Bank of Florida"),
    ("Acme, LLC (subsidiary of Zeta LLC)", "Acme"),
]
DIFFERENT_KEYS = [
    ("AB Data", "Data Inc."),
    ("AB Data, Ltd.", "Data Ltd."),
    ("AB Tasty", "Tasty"),
    ("PT Solutions", "Solutions Inc."),
    ("腾飞", "騰飛"),
    ("The Guardian", "Guardian"),
    ("The Citadel", "Citadel LLC"),
    ("Target Australia Pty Ltd", "Target"),
    ("Google (contractor)", "Google"),
    ("Volvo (Cars)", "Volvo"),
    ("Oracle DBA Experts", "Oracle"),
    ("Nordic Trading AS", "Nordic"),
    ("Acme India", "Acme"),
    ("Acme, A Day Spa Inc.", "Acme"),
    ("Division of Youth Services", "Youth Services"),
    ("Steed Hammond Paul (HSP)", "Steed Hammond Paul"),
    ("General Motors Company (GM)", "General Motors Acceptance (GMA)"),
]


def test_forms_and_comments_of_one_name_have_one_key() -> None:
    assert [names for names in ONE_KEY if len({registered(name) for name in names}) > 1] == []


def test_different_names_have_different_keys() -> None:
    assert [names for names in DIFFERENT_KEYS if len({registered(name) for name in names}) < len(names)] == []


NO_EMPLOYER = [
    *("N/A", "Keine Angabe", "keine", "Privat", "Freiberufler", "Selbstständig", "autónomo", "indépendant", "aucun"),
    *("ninguna", "нет", "Фриланс", "самозанятый", "無職", "なし", "非公開", "不明", "フリーランス", "自営業", "ei ole"),
    *("En halua kertoa", "ingen", "yok", "无", "Own company", "private company", "small company", "Retired", "Student"),
    *("Self employed (freelance)", "Various", "Stealth Startup"),
]


def test_texts_that_name_no_employer() -> None:
    assert [text for text in NO_EMPLOYER if registered(text)] == []


# The register


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Google LLC", "google"), ("Alphabet Inc.", "google"), ("ALPHABET", "google"), ("Facebook", "meta"),
        ("Meta Platforms, Inc.", "meta"), ("Amazon.com Services LLC", "amazon"),
        ("AMAZON WEB SERVICES, INC.", "amazon-web-services"), ("J.P. Morgan", "jpmorgan-chase"),
        ("JPMorgan Chase Bank, National Association", "jpmorgan-chase"), ("Ernst & Young U.S. LLP", "ey"), ("ey", "ey"),
        ("Zürich", "zurich-insurance"), ("Zurich", "zurich-insurance"), ("Zurich Insurance", "zurich-insurance"),
        ("Zürich Versicherungs-Gesellschaft AG", "zurich-insurance"), ("Яндекс", "yandex"), ("ООО «Яндекс»", "yandex"),
        ("Nestle USA", "nestle"), ("Nestlé USA, Inc.", "nestle"), ("株式会社メルカリ", "mercari"), ("(주)카카오", "kakao"),
        ("三菱UFJ銀行", "mufg"), ("Merck KGaA", "merck-kgaa"), ("Merck & Co., Inc.", "merck-and-co"),
        ("Merck & Co", "merck-and-co"), ("Merck", "merck"), ("Meta Soft LLC", "meta-soft"),
        ("Apple Bank", "apple-bank"), ("HCL Global Systems Inc", "hcl-global-systems"),
        ("Jpmorgan Chase &", "jpmorgan-chase-and"),
    ],
)  # fmt: skip
def test_registered_spellings(name: str, expected: str) -> None:
    assert registered(name) == expected


def test_every_registered_spelling_means_its_employer() -> None:
    wrong = {
        text: registered(text)
        for term in TERMS
        for text in (term.code, term.label, *term.aliases)
        if registered(text) != term.code
    }
    assert wrong == {}
    assert [term.code for term in TERMS if not term.aliases] == []  # the register reads only employers with aliases
    assert len(TERMS) >= 150


@pytest.mark.parametrize(
    ("parent", "names"),
    [
        (
            "amazon",
            ("Amazon.com Services LLC", "AMAZON.COM SERVICES LLC", "Amazon Web Services, Inc.", "Twitch Interactive"),
        ),
        ("google", ("Alphabet Inc.", "YouTube", "Google DeepMind", "DeepMind Technologies Limited", "Waymo LLC")),
        ("meta", ("Facebook, Inc.", "Instagram", "WhatsApp LLC")),
        ("microsoft", ("Microsoft Corporation", "LINKEDIN CORPORATION", "GITHUB, INC.")),
        ("ibm", ("International Business Machines Corporation", "Red Hat, Inc.")),
        ("tata", ("TATA CONSULTANCY SERVICES LIMITED", "Tata Elxsi Ltd")),
        ("unitedhealth-group", ("UnitedHealthcare", "Optum Services, Inc.", "Optum Care, Inc.")),
    ],
)
def test_businesses_of_a_group_are_below_one_parent(parent: str, names: tuple[str, ...]) -> None:
    group = TAXONOMY.within(TAXONOMY.find(Factor.EMPLOYER, parent))
    assert [name for name in names if TAXONOMY.find(Factor.EMPLOYER, registered(name)).id not in group] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("United Heath Services Hospitals, Inc.", "united-health-services-hospitals"),
        ("Chan Zuckerberg Initative Foundation", "chan-zuckerberg-initiative-foundation"),
        ("University of Missouri-Kansas Citty", "university-of-missouri-kansas-city"),
        ("Oak Ridge National Labratory", "oak-ridge-national-laboratory"),
        ("Oak Ridge Nationaal Laboratories", "oak-ridge-nationaal-laboratories"),  # too many wrong letters
        ("Aak Ridge National Laboratory", "aak-ridge-national-laboratory"),  # at the start of a word
        ("Oák Ridge National Laboratory", "oák-ridge-national-laboratory"),  # another letter, not a mistake
        ("Goldman Sach", "goldman-sach"),  # too short
        ("Cisco", "cisco"),
        ("Sysco Corporation", "sysco"),
        ("Applied Inc", "applied"),
        ("Zürich Nord", "zürich-nord"),
    ],
)
def test_only_a_long_registered_name_may_have_a_spelling_mistake(name: str, expected: str) -> None:
    assert registered(name) == expected


def test_an_alias_takes_precedence_over_an_employer_of_an_earlier_version() -> None:
    values = [
        FactorValue(1, Factor.EMPLOYER, "facebook", "Facebook"),
        FactorValue(2, Factor.EMPLOYER, "meta", "Meta", None, ("Facebook",)),
    ]
    assert EmployerRegister(Taxonomy(values)).code(EmployerName("Facebook, Inc.")) == "meta"


# What holds for all names

LETTERS = st.characters(categories=["L", "Nd"])
MARKED = st.characters(categories=["L", "M", "Nd"])
WORDS = st.text(MARKED, min_size=2, max_size=8)
NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    st.sampled_from([name for name, _ in FORMS]),
    st.tuples(WORDS, st.sampled_from(["GmbH", "S.A.", "株式会社", "& Co", "Inc.", "ООО"])).map(" ".join),
)


@given(NAMES)
def test_a_code_has_only_letters_marks_digits_and_single_hyphens(name: str) -> None:
    found = code(name)
    assert len(found) <= MAX_CODE
    assert all(unicodedata.category(character)[0] in "LMN" or character == "-" for character in found)
    assert not found.startswith("-")
    assert not found.endswith("-")
    assert "--" not in found
    assert found == fold(found)
    assert found.isprintable()


@given(NAMES)
def test_the_code_of_a_code_is_itself(name: str) -> None:
    assert code(code(name)) == code(name)


CASED = {word for form in ABBREVIATED_RELATIONS for word in form} | {form.casefold() for form in CAPITALISED}
"""Words that mean something else in capitals: Fraunhofer eV, Apolis dba Acme."""


@given(NAMES)
def test_codes_do_not_depend_on_case_form_or_spaces(name: str) -> None:
    expected = code(name)
    for form in ("NFC", "NFD"):
        assert code(unicodedata.normalize(form, name)) == expected
    assert code(f" \u00a0{name}\u3000") == expected
    assert code("\u200b".join(name)) == expected
    for other in (name.upper(), name.lower(), name.swapcase()):
        if fold(other) == fold(name) and CASED.isdisjoint(re.findall(r"\w+", fold(name))):  # not for the dotless i
            assert code(other) == expected


@given(
    st.lists(st.text(LETTERS, min_size=2, max_size=8), min_size=1, max_size=4),
    st.sampled_from([", ", " - ", ". ", "  ", " / ", "\t"]),
)
def test_codes_do_not_depend_on_punctuation_between_words(words: list[str], separator: str) -> None:
    assert code(separator.join(words)) == code(" ".join(words))


FORM_WORDS = {word for form in SUFFIXES | INITIALS | PREFIXES for word in form} | BRACKETED.keys()


@given(WORDS, WORDS)
def test_words_with_different_letters_have_different_codes(one: str, other: str) -> None:
    assume(_letters(one) != _letters(other))
    assume(not any(word in fold(text) for text in (one, other) for word in FORM_WORDS if not word.isascii()))
    assert code(f"{one} acme") != code(f"{other} acme")
    assert registered(f"{one} acme") != registered(f"{other} acme")
    assert code(f"{one} acme GmbH") == code(f"{one} acme")


SPELLINGS = sorted({spelling for term in TERMS for spelling in (term.label, *term.aliases)})
REGISTERED = {key for term in TERMS for text in (term.code, term.label, *term.aliases) for key in _keys(text)}


@given(st.sampled_from(SPELLINGS), st.integers(0, 80), LETTERS)
def test_a_registered_name_with_a_letter_of_another_script_is_another_employer(spelling: str, at: int, letter: str) -> None:
    at %= len(spelling)
    changed = spelling[:at] + letter + spelling[at + 1 :]
    assume(not fold(letter).isascii() and code(changed) != code(spelling) and REGISTERED.isdisjoint(_keys(changed)))
    assert registered(changed) == code(changed)


@given(
    st.sampled_from([text for text in SPELLINGS if len(code(text)) < 23]), st.integers(0, 80), st.sampled_from("aehjlqz7")
)
def test_a_short_registered_name_with_another_letter_is_another_employer(spelling: str, at: int, letter: str) -> None:
    at %= len(spelling)
    changed = spelling[:at] + letter + spelling[at + 1 :]
    assume(code(changed) != code(spelling) and REGISTERED.isdisjoint(_keys(changed)))
    assert registered(changed) == code(changed)


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if unicodedata.category(character)[0] in "LMN")


@given(st.lists(WORDS, min_size=20, max_size=40), st.integers(0, 19))
def test_long_names_remain_different(words: list[str], place: int) -> None:
    changed = [*words[:place], f"{words[place]}x", *words[place + 1 :]]
    assert code(" ".join(words)) != code(" ".join(changed))


@given(NAMES)
def test_labels_are_no_formulas_and_printable(name: str) -> None:
    label = EmployerName(name).label
    assert not label.startswith(tuple("=+-@\t\r"))
    assert label.isprintable()
    assert label == label.strip()
    if EmployerName(name).code:
        assert label


# Real names

ONE_EMPLOYER = [
    ("Amazon.com Services LLC", "AMAZON.COM SERVICES LLC", "Amazon Development Center U.S., Inc."),
    ("JPMorgan Chase & Co.", "JPMORGAN  CHASE & CO.", "JPMorgan & Chase Co.", "JP Morgan Chase & Co."),
    ("GOLDMAN SACHS & CO. LLC", "Goldman Sachs Services LLC", "GOLDMAN SACHS BANK USA"),
    ("Ernst & Young U.S. LLP", "Ernst & Young LLP (EY GUAM)"),
    ("Meta Platforms, Inc.", "META PLATFORMS, INC."),
    ("Deloitte Consulting LLP", "Deloitte & Touche LLP", "Deloitte LLP"),
    ("Nestlé USA, Inc.", "NESTLE USA, INC"),
    ("The University of Virginia", "University of Virginia"),
    ("Dana-Farber Cancer Institute", "Danar-Farber Cancer Institute", "Dana-Farber Cancer Institutte"),
    ("Washington University", "Washington University in St. Louis", "The Washington University"),
    ("Cowen Inc.", "Cowen and Company, LLC"),
    ("BAYER U.S. LLC", "Bayer U.S LLC"),
    ("MERCK SHARP & DOHME LLC", "Merck Research Laboratories Massachusetts, LLC"),
    ("IBM Corporation", "INTERNATIONAL BUSINESS MACHINES CORPORATION"),
]
"""Spellings in the labor condition applications that were judged by hand to mean one employer."""
TWO_EMPLOYERS = [
    ("Meta Platforms, Inc.", "META SOFT INC"),
    ("HCL AMERICA INC", "HCL GLOBAL SYSTEMS INC"),
    ("MERCK SHARP & DOHME LLC", "EMD Serono, Inc."),
    ("UNIVERSITY OF MIAMI", "Miami University"),
    ("Washington University", "University of Washington"),
    ("Washington University", "Washington University of Science and Technology LLC"),
    ("Columbia University", "TEACHERS COLLEGE, COLUMBIA UNIVERSITY"),
    ("Dana Limited", "DANAHER CORPORATION"),
    ("SWIFT, Inc.", "Swift Technologies Inc."),
    ("Citibank, N.A.", "Citizens Financial Group, Inc."),
]


@pytest.mark.slow
@pytest.mark.real_data
def test_employers_of_the_labor_condition_applications(data_files: Path) -> None:
    with gzip.open(data_files / "us_dol_lca_fy2024q1_certified_fulltime.csv.gz", "rt", encoding="utf-8") as file:
        names = {row["EMPLOYER_NAME"] for row in csv.DictReader(file)}
    codes = {name.strip(): registered(name) for name in names}
    assert all(codes.values())
    assert (len(names), len({code(name) for name in names})) == (20_417, 18_797)
    assert len(set(codes.values())) <= 18_465  # with the register
    assert [same for same in ONE_EMPLOYER if len({codes[name] for name in same}) > 1] == []
    assert [pair for pair in TWO_EMPLOYERS if len({codes[name] for name in pair}) == 1] == []
