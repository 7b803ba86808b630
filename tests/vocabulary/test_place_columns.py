"""Places in columns of a city or metro area, a state and a country, which are read together."""

from support.places import codes, place_reader, places

from service.vocabulary.factors import PLACES, Factor

COLUMNS: list[tuple[str | None, str | None, str | None, str, set[Factor]]] = [
    ("Portland", "ME", None, "portland-me us-me us", set()),
    ("Valencia", "Valencia", None, "valencia es-vc es", set()),
    ("Granada", "Granada", None, "- es-an es", set()),
    ("Granada", "Granada", "Spain", "- es-an es", set()),
    ("Granada", "Granada", "Nicaragua", "- - ni", {Factor.SUBDIVISION}),
    ("Madrid", "Madrid", None, "madrid es-md es", set()),
    ("Córdoba", "Córdoba", None, "- - -", {Factor.METRO, Factor.SUBDIVISION}),
    ("Portland", "ME", "US", "portland-me us-me us", set()),
    ("Portland", "OR", "US", "portland us-or us", set()),
    ("Portland", None, None, "portland us-or us", set()),
    ("Dublin", "CA", None, "san-francisco us-ca us", set()),
    ("Dublin", None, "Ireland", "dublin - ie", set()),
    ("Vancouver", "Washington", "United States", "portland us-wa us", set()),
    ("Springfield", "MA", "us", "springfield us-ma us", set()),
    ("Springfield", None, "us", "- - us", {Factor.METRO}),
    ("Kansas City", "KS", "us", "kansas-city us-ks us", set()),
    ("RYE", "NY", "US", "new-york us-ny us", set()),
    ("Key West", "FL", "US", "- us-fl us", set()),
    ("Nowhere", "FL", "US", "- us-fl us", {Factor.METRO}),
    ("San Francisco, CA", None, None, "san-francisco us-ca us", set()),
    ("41860", None, None, "san-francisco us-ca us", set()),
    ("portland-me", None, None, "portland-me us-me us", set()),
    ("LA", None, None, "los-angeles us-ca us", set()),
    ("Remote", "TX", None, "- us-tx us", set()),
    ("San Francisco", "WA", "us", "- us-wa us", {Factor.METRO}),
    ("Berlin", None, "France", "- - fr", {Factor.METRO}),
    ("Berlin", None, "Europe", "berlin de-be de", set()),
    ("Seoul", None, "Republic of Korea", "seoul - kr", set()),
    ("Germany", None, None, "- - -", {Factor.METRO}),
    (None, "Georgia", None, "- us-ga us", set()),
    (None, None, "Georgia", "- - ge", set()),
    (None, None, "CA", "- - ca", set()),
    (None, "CA", "CA", "- - ca", {Factor.SUBDIVISION}),
    (None, "ON", "CA", "- ca-on ca", set()),
    (None, "ON", None, "- - -", {Factor.SUBDIVISION}),
    (None, "WA", "Australia", "- au-wa au", set()),
    (None, None, "NA", "- - na", set()),
    (None, None, "England", "- gb-eng gb", set()),
    ("Birmingham", None, "Wales", "- gb-wls gb", {Factor.METRO}),
    ("Glasgow", None, "England", "- gb-eng gb", {Factor.METRO}),
    ("Glasgow", None, "Scotland", "glasgow gb-sct gb", set()),
    ("London", "England", "England", "london gb-eng gb", set()),
    ("London", None, "Scotland", "- gb-sct gb", {Factor.METRO}),
    # A state's column with a country or a code of several
    ("Toronto", "CA", None, "toronto ca-on ca", set()),
    ("Berlin", "DE", None, "berlin de-be de", set()),
    ("Bangalore", "IN", None, "bengaluru in-ka in", set()),
    ("Dublin", "IE", None, "dublin - ie", set()),
    ("Dover", "DE", None, "dover us-de us", set()),
    ("Fremantle", "WA", None, "- - -", {Factor.METRO, Factor.SUBDIVISION}),
    ("Fremantle", "WA", "US", "- us-wa us", {Factor.METRO}),
    ("Nowhere", "TX", None, "- us-tx us", {Factor.METRO}),
    (None, None, "Congo", "- - -", {Factor.COUNTRY}),
    # The name of a country or region elsewhere, a word, a small place, or a code, and nothing besides
    ("Jordan", None, None, "- - -", {Factor.METRO}),
    ("Jordan", None, "HK", "hong-kong - hk", set()),
    ("Virginia", None, None, "- - -", {Factor.METRO}),
    ("Metro", None, None, "- - -", {Factor.METRO}),
    ("Earth", None, None, "- - -", {Factor.METRO}),
    ("SE", None, None, "- - -", {Factor.METRO}),
    ("US/Canada", None, None, "- - -", {Factor.METRO}),
    ("TX, FL", None, None, "- - -", {Factor.METRO}),
    ("US, CA, San Francisco", None, None, "san-francisco us-ca us", set()),
    ("Barcelona", "Anzoátegui", None, "- - -", {Factor.METRO, Factor.SUBDIVISION}),
    # Territories among the states of their country
    (None, "PR", "US", "- - pr", set()),
    ("San Juan", "PR", "US", "- - pr", set()),
    (None, "GU", "US", "- - gu", set()),
    (None, "PR", "BR", "- br-pr br", set()),
    ("London SW1", None, "UK", "london gb-eng gb", set()),
    ("Hybrid - London", None, None, "london gb-eng gb", set()),
]  # fmt: skip


def test_columns_are_read_together() -> None:
    wrong = []
    for *cells, expected, unread in COLUMNS:
        reading = place_reader().read_columns({factor: text for factor, text in zip(PLACES, cells, strict=True) if text})
        found = " ".join(code or "-" for code in codes(reading))
        if (found, set(reading.unread), reading.problem is None) != (expected, unread, not unread):
            wrong.append((cells, found, reading.unread, reading.problem))
    assert wrong == []


def test_a_value_is_never_doubted() -> None:
    for value in [value for factor in PLACES for value in places().values(factor)]:
        reading = place_reader().read_columns({value.factor: value})
        assert value.code in codes(reading)
        assert reading.problem is None
