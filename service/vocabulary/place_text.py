"""Place texts in parts: "Remote - Munich (Bavaria), Germany" is Munich, Bavaria and Germany, each with all its meanings."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.vocabulary.factors import Factor
from service.vocabulary.gazetteer import REGION_CLASS, Gazetteer, Place, place_key
from service.vocabulary.terms import NO_VALUE


class Part(NamedTuple):
    """A part of a text and the places that it may mean, none if it is unknown. A `code` is two or three letters."""

    text: str
    places: tuple[Place, ...]
    code: bool = False


NO_PLACE = frozenset(
    [
        *(" ".join(re.findall(r"\w+", text)) for text in NO_VALUE),
        "anywhere",
        "worldwide",
        "global",
        "globally",
        "various",
        "multiple",
        "several",
        "multiple locations",
        "various locations",
        "several locations",
        "different locations",
        "multiple cities",
        "distributed",
        "nationwide",
        "home",
        "field",
        "online",
        "virtual",
        "other",
        "any",
        "any location",
        "anywhere in world",
        "no office",
        "no central office",
    ]
)
"""The keys of texts that name no place."""

_ORDINARY_WORD = re.compile(
    "airport|alliance|annex|apac|beacon|bell|brick|center|central|centre|centro|citrus|college|commerce|commonwealth|confederation|"
    "countryside|date|defiance|downtown|echelon|enterprise|est|forest|fountain|freehold|gare|halfway|highland|hillside|holiday|"
    "home|hub|imperial|independence|justice|liberal|liberty|male|man|mentor|meridian|metro|midway|mission|mobile|moody|most|"
    "normal|opportunity|oral|overland|pace|paradise|paramount|parkway|parole|plantation|plum|prosper|republic|reservoir|ridge|"
    "sale|spring|summit|sunrise|sunset|superior|surprise|temple|union|university|uptown|westerly"
)
"""Names of places, mostly cities, that are more often a word, and count as a city only beside its region or country."""

_WORK_MODE = re.compile(
    r"""\b(?:(?:100\s?%|fully|full|completely|mostly|partly|permanent(?:ly)?)[\s-]+)?
    (?:remote(?:ly)?|hybrid|on-?site|in-?office|work(?:ing)?\s+from\s+home|wfh|home\s?-?(?:office|based)|
    tele-?(?:work|commut)(?:ing|e)?|remoto|teletrabajo|teletrabalho|h[ií]brid[oa]|presencial|
    t[ée]l[ée]travail|hybride|[àa]\s+distance|da\s+remoto|ibrido|thuiswerken|et[äa]ty[öo]|et[äa]n[äa]|et[äa]|hybridi|
    distans|hybridarbete|hjemmekontor|zdalnie|praca\s+zdalna|hybrydowo|удал[её]нно|удал[её]нка)(?!\w)
    (?:[\s-]+(?:work|job|position|role|only|first|ok|okay|friendly|possible|eligible|based)(?!\w))?
    |\b(?:up\s+to\s+)?\d(?:\s?[-–]\s?\d)?\s?(?:x\s|days?\b)(?:\s?(?:a|per|/)\s?week\b)?(?:\s(?:in|at|from|on)\s(?:the\s)?(?:office|home|site)\b)?
    |フルリモート|リモート(?:ワーク)?|在宅(?:勤務)?|재택(?:근무)?|远程(?:办公)?""",
    re.IGNORECASE | re.VERBOSE,
)
_RESTRICTION = re.compile(r"(?:[\s-]+(?:based|only|wide|nationwide|preferred|time\s?zones?))+$", re.IGNORECASE)
_FURTHER_PLACES = re.compile(
    r"\(?\s*(?:\+|\band\b|&)\s*\d+\s+(?:more|others?)(?:\s+locations?)?\s*\)?|\bor other locations\b", re.IGNORECASE
)
_PREPOSITION = re.compile(
    r"^(?:(?:based |located |anywhere )?(?:in|within|from|across|throughout)|anywhere)\s+(?=\S)", re.IGNORECASE
)
_CONJUNCTION = re.compile(r"^(?:or|and|&|oder|und|ou)\s+|\s+(?:or|and|&|oder|und|ou)$")
_EDGES = " \t,;:|/-–—()[]·•"
_ALTERNATIVES = re.compile(r"\s*[;|]\s*|\s+(?:or|oder|ou|and|und|&|\+)\s+|\s*/\s*")
_SEGMENTS = re.compile(r"\s*[,，、()（）\[\]·•>|;/]\s*|\s+[-–—:]\s+|\s*:\s+")
_POSTAL = r"""(?:〒\s?)?(?:
    [A-Z]\d[A-Z]\s?\d[A-Z]\d | [A-Z]\d[\dW]\s[A-Z\d]{4}                  # M5V 2T6, D02 X285
    | [A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2} | \d{4}\s?[A-Z]{2}               # SW1A 1AA, 1012 AB
    | [A-Z]{1,2}\d[A-Z\d]? | [A-Z]\d[A-Z]                                # SW1, M5V
    | (?:[A-Z]{1,3}-)?(?:\d{3,6}(?:[\s-]\d{2,4})?|\d{2}-\d{3})            # 10115, D-10115, 111 29, 100-0001, 00-950
)"""
_ONLY_POSTAL = re.compile(rf"{_POSTAL}|\d[\d\s-]*", re.VERBOSE)
_POSTAL_BEFORE = re.compile(rf"{_POSTAL}\s+", re.VERBOSE)
_POSTAL_AFTER = re.compile(
    rf"\s+(?:{_POSTAL}|cedex(?:\s\d+)?|\d{{1,2}}(?:e|er|[eè]me)?(?:\sarrondissement)?)$", re.VERBOSE | re.IGNORECASE
)
_NESTED = re.compile(r"(.+?)[-_:.](?=\S)(.+)")
_EAST_ASIAN = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\s]+")
_UNIT = r"(?:都|道|府|県|省|市|州|县|縣|自治区|自治州|特別市|特别市|특별시|광역시|특별자치시|특별자치도|시|도)"
_UNITS_OF_CITIES = ("区", "區", "町", "村", "丁目", "市", "郡", "县", "縣", "镇", "구", "군", "동", "시", "읍")
_CODE = re.compile(r"[A-Za-z]{2}|[A-Z]{3}|[a-z]{3}|[A-Za-z](?:\.[A-Za-z]){1,2}\.?")
_CODES = re.compile("[A-Za-z]{2,3}(?:/[A-Za-z]{2,3})+")  # US/CA is rather two countries than the code of California
_WELL_KNOWN_CODES = ("us", "uk", "usa", "uae")
_WRITTEN_SMALL = (*_WELL_KNOWN_CODES, "nyc", "sf", "la", "dc")  # other codes in small letters are probably words
_IN_CITY = (
    re.compile("(?:downtown|city of|metropolitan city of|municipality of) (.+)"),
    re.compile("(.+?) (?:township|town|city|municipio)"),
)
_AROUND_PLACE = (
    re.compile(
        "(?:greater|metro|metropolitan|central|gro(?:ss|ß)raum|raum|metropolregion|grande?|gran|area metropolitana de|"
        "aglomeracja) (.+)"
    ),
    re.compile("(.+?) (?:metropolitan area|metro area|metropolitan region|metroplex|area|metro|hq|office)"),
)
_AROUND_CITY = (*_IN_CITY, *_AROUND_PLACE)
_AROUND_REGION = (
    re.compile(
        "(?:(?:state|province|commonwealth|region|canton|land|prefecture) of|kanton|canton(?: de)?|region|provincia de|"
        "estado d[eo]) (.+)"
    ),
    re.compile(r"(?:upstate|northern|southern|eastern|western|north|south|east|west) (.+)"),
    re.compile(r"(.+?) (?:state|province|prefecture|region|oblast|voivodeship|canton)"),
)
_LARGE = 4  # the class of size of cities that are as well known as a region of their name
_AMERICA = "america"  # "Central America" and "Latin America" are not in the United States


class PlaceText:
    """The parts of place texts by a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def alternatives(self, text: str) -> list[list[Part]]:
        """The parts of each of the places in a text, from the narrowest to the widest; none for a text without a place.

        A text with further places, such as "Berlin (+2 others)", has an alternative without parts.
        """
        plain = _plain(text)
        further = _FURTHER_PLACES.search(plain)
        plain = _plain(_FURTHER_PLACES.sub(" ", plain))
        if not plain or NO_PLACE & {place_key(plain), place_key(text)}:
            return []
        whole = not _CODES.fullmatch(plain) and self._gazetteer.named(plain)
        texts = [plain] if whole else [found for part in _ALTERNATIVES.split(plain) if (found := _plain(part))]
        if len(texts) == 2 and self._is_in(*texts):
            texts = [", ".join(texts)]
        read = [self.parts(part) for part in self._hyphenated(plain) or texts]
        if len(read) > 1 and not all(any(part.places for part in parts) for parts in read):
            read = [self.parts(plain)]
        return [*read, []] if further else read

    def _is_in(self, name: str, code: str) -> bool:
        """Whether a code after a name is that of the region or country around it, as in "Curitiba/PR"."""
        regions = self._gazetteer.named(code, (Factor.SUBDIVISION, Factor.COUNTRY)) if _is_code(code) else ()
        return not _is_code(name) and any(_in_one_of(place, regions) for place in self._gazetteer.named(name))

    def _hyphenated(self, text: str) -> list[str]:
        """The cities of a text such as "Raleigh-Durham Area", unless it is one name."""
        for name in (place_key(text), *_stripped(text, _AROUND_CITY)):
            if self._gazetteer.named(name):
                return []
        cities = re.split("[-–]", _AROUND_PLACE[1].sub(r"\1", text.casefold()))
        return cities if len(cities) > 1 and all(self._gazetteer.named(city, (Factor.METRO,)) for city in cities) else []

    def parts(self, text: str) -> list[Part]:
        """The parts of the text of one place."""
        if self._is_word(text):
            return [Part(text, ())]
        if whole := self._named(text, alone=True):
            return [whole]
        segments = [part for segment in _SEGMENTS.split(text) if (part := self._without_postal_code(segment.strip(_EDGES)))]
        segments = self._without_repetition([part for part in segments if place_key(part) not in NO_PLACE])
        first, *rest = [*self._joined(segments), None]
        return [part for part in (first, *map(_wider, rest)) if part] or [Part(text, ())]

    def _is_word(self, text: str) -> bool:
        """Whether a text is probably a word and no code, since its letters are small: no, No, At, Sur."""
        key = text.lower().rstrip(".")
        if text.isupper() or key in _WRITTEN_SMALL:
            return False
        return _is_code(key) and (text.islower() or bool(self._gazetteer.named(key, (Factor.COUNTRY,))))

    def _without_postal_code(self, segment: str) -> str:
        """A segment without postal codes, and without the number of a district as in "Paris 8e"; empty for a code alone."""
        if _ONLY_POSTAL.fullmatch(segment):
            return ""
        plain = segment
        while not self._gazetteer.named(plain):
            shorter = _POSTAL_AFTER.sub("", _POSTAL_BEFORE.sub("", plain, 1) if _POSTAL_BEFORE.match(plain) else plain)
            if shorter == plain:
                break
            plain = shorter
        return plain

    def _without_repetition(self, segments: Sequence[str]) -> list[str]:
        """Segments in which a city that repeats the one before, for a region of its name, is its province ("Granada,
        Granada") or left out ("Madrid, Madrid")."""
        found = list[str]()
        for before, segment in zip(["", *segments], segments, strict=False):
            repeats = place_key(before) == place_key(segment)
            if repeats and (province := self.province(segment)):
                found.append(province.text)
            elif not repeats or self._gazetteer.named(segment, (Factor.SUBDIVISION, Factor.COUNTRY)):
                found.append(segment)
        return found

    def province(self, city: str) -> Part | None:
        """The province that has the name of its capital; None if the reference lists none."""
        name = f"{city} Province"
        places = self._gazetteer.named(name)
        return Part(name, places) if places else None

    def _east_asian(self, text: str) -> list[Part]:
        """The parts of a text without spaces, such as 神奈川県横浜市, the narrowest first; none if the first is unknown."""
        if not _EAST_ASIAN.fullmatch(text):
            return []
        for end in range(len(text), 1, -1):
            name = text[:end]
            if places := self._gazetteer.named(name):
                rest = re.sub(f"^{_UNIT}", "", text[end:])
                further = self._east_asian(rest) or self._unknown_district(rest)
                return [*further, Part(name, places)] if further or not rest else []
        return []

    def _unknown_district(self, text: str) -> list[Part]:
        return [Part(text, ())] if any(unit in text[1:] for unit in _UNITS_OF_CITIES) else []

    def _joined(self, segments: Sequence[str]) -> Iterator[Part]:
        """The parts of segments; names that are written in several segments are one part."""
        start = 0
        while start < len(segments):
            ends = range(min(start + 4, len(segments)), start + 1, -1)
            joined = (end for end in ends if place_key(" ".join(segments[start:end])) in self._gazetteer.joined)
            end = next(joined, start + 1)
            yield from self._segment(" ".join(segments[start:end]))
            start = end

    def _segment(self, text: str) -> list[Part]:
        if found := self._named(text) or self._described(text):
            return [found]
        east_asian = self._east_asian("".join(text.split()))
        return east_asian or self._in_words(text) or self._nested(text) or [Part(text, ())]

    def _nested(self, text: str) -> list[Part]:
        """The parts of a text such as "US-CA-San Francisco", which starts with a country or the code of a region."""
        if not (match := _NESTED.fullmatch(text)):
            return []
        first, rest = match.groups()
        code, wider = _is_code(first), self._gazetteer.named(first, (Factor.SUBDIVISION, Factor.COUNTRY))
        if not wider or first != (first.upper() if code else first.title()):
            return []
        narrower = self._segment(rest)
        return [*narrower, Part(first, wider, code)] if any(part.places for part in narrower) else []

    def _named(self, text: str, *, alone: bool = False) -> Part | None:
        places, code = self._gazetteer.named(text), _is_code(text)
        if code and (alone or len(text) < 3):  # WA is not the city of Wa
            metros = {place.area.metro for place in places if place.known}
            places = tuple(place for place in places if place.factor is not Factor.METRO or place.area.metro in metros)
        return Part(text, places, code) if places else None

    def _described(self, text: str) -> Part | None:
        """The place in a text such as "Greater Boston Area" or "State of São Paulo".

        It is the longest name that is a place, and means what it means alone: "Central Florida" is the state of Florida, and
        no town elsewhere. Of a city with the name of a region elsewhere, such as "City of Ontario", nothing is known.
        """
        for name in sorted(_stripped(text, (*_AROUND_CITY, *_AROUND_REGION)), key=len, reverse=True):
            if name == _AMERICA or not (places := self._gazetteer.named(name)):
                continue
            cities = tuple(place for place in places if place.factor is Factor.METRO)
            regions = tuple(place for place in places if place.factor is not Factor.METRO)
            if name in _stripped(text, _AROUND_REGION):
                return Part(name, regions) if regions else None
            if _is_code(name) and name not in _WELL_KNOWN_CODES:  # HR office is not in Croatia
                return self._named(name) if any(place.known for place in cities) else None
            in_region = any(_in_one_of(place, regions) for place in cities)
            if regions and not in_region and name in _stripped(text, _IN_CITY):
                return Part(text, ())
            return Part(name, places)
        return None

    def _in_words(self, text: str) -> list[Part]:
        """A city and its region or country without a comma, such as "Austin TX" or "San Jose Costa Rica"."""
        words = text.split()
        for count in range(min(3, len(words) - 1), 0, -1):
            name, region = " ".join(words[:-count]), " ".join(words[-count:])
            wider = self._gazetteer.named(region, (Factor.SUBDIVISION, Factor.COUNTRY))
            city = self._gazetteer.named(name, (Factor.METRO,)) if wider else ()
            code = _is_code(region)
            states = [place for place in wider if place.factor is Factor.SUBDIVISION and not place.local]
            if not states and self._is_word(region):  # Centre St. is not in São Tomé
                continue
            if city:
                return [Part(name, city), Part(region, wider, code)]
            if code and region.isupper() and any(place.factor is Factor.SUBDIVISION for place in wider):
                return [Part(name, ()), Part(region, wider, code)]
        return []

    def of_factor(self, text: str, factor: Factor) -> list[Part]:
        """The parts of the text of a factor's own column: the first part is a value of the factor, further ones are any.

        A text of wider places alone, such as "US/Canada", is no metro area: nothing of it is known.
        """
        if not text.strip() or place_key(text) in NO_PLACE - {"na"} or not _plain(text):
            return []
        if coded := self._gazetteer.coded(factor, text):
            places = {coded, *self._gazetteer.named(text, (factor,))}
            return [Part(text, tuple(places))]
        if factor is Factor.COUNTRY and (nations := self._gazetteer.parts_of_country(text)):
            return [Part(text, nations)]
        found = tuple(place for place in self._gazetteer.named(text, (factor,)) if place.known or not _is_code(text.strip()))
        first, *rest = [Part(text, found)] if found else self.parts(_plain(text)) or [Part(text, ())]
        own = tuple(place for place in first.places if place.factor is factor)
        if factor is Factor.METRO and first.places and not any(map(_is_city, (Part("", own), *rest))):
            return [Part(text, ())]
        return [Part(first.text, own), *rest]


def _wider(part: Part | None) -> Part | None:
    """A part after the first: a region or country, if it names one, and no small city of that name elsewhere."""
    regions = [place for place in part.places if place.factor is not Factor.METRO] if part else []
    if part is None or not regions:
        return part
    return part._replace(places=tuple(place for place in part.places if place.size >= _LARGE or _in_one_of(place, regions)))


def _is_city(part: Part) -> bool:
    return any(place.factor is Factor.METRO for place in part.places)


def _in_one_of(place: Place, regions: Sequence[Place]) -> bool:
    return any(
        place.area.country == region.area.country and region.area.subdivisions in (frozenset(), place.area.subdivisions)
        for region in regions
    )


def is_ambiguous_code(part: Part) -> bool:
    """Whether a part is a code that is valid only within its country, or that of a country besides: RS, MG, ON."""
    if not part.code or place_key(part.text) in _WELL_KNOWN_CODES:
        return False
    local = [place for place in part.places if place.local]
    others = {place.factor for place in part.places if not place.local}
    of_values = len(place_key(part.text)) == 2 and any(place.size > REGION_CLASS for place in local)
    return bool(local) and others <= ({Factor.COUNTRY} if of_values else set())


def may_be_abroad(part: Part) -> bool:
    """Whether a code means regions of several countries, also of Australia as WA. An unknown city decides nothing."""
    return (
        _is_code(part.text)
        and any(place.local for place in part.places)
        and len({place.area.country for place in part.places}) > 1
    )


def is_ordinary_word(text: str) -> bool:
    """Whether a name of a city is more often a word: Mobile, Paradise, Metro."""
    return bool(_ORDINARY_WORD.fullmatch(place_key(text)))


def _is_code(text: str) -> bool:
    return bool(_CODE.fullmatch(text))


def _plain(text: str) -> str:
    """A text without work modes ("Remote in"), prepositions, restrictions ("only") and punctuation at its ends."""
    plain = " ".join(_WORK_MODE.sub(" ", text).replace("\n", ";").replace("\t", ", ").split()).strip(_EDGES)
    plain = _RESTRICTION.sub("", plain)
    plain = _CONJUNCTION.sub("", _PREPOSITION.sub("", plain)).strip(_EDGES)
    return plain + ")" * (plain.count("(") - plain.count(")"))


def _stripped(text: str, patterns: Sequence[re.Pattern[str]]) -> list[str]:
    """The names in a text that patterns around names match, also several of them."""
    found, names = list[str](), [place_key(text)]
    while names:
        name = names.pop()
        inner = [match[1] for pattern in patterns if (match := pattern.fullmatch(name))]
        names += [other for other in inner if other not in found]
        found += inner
    return found
