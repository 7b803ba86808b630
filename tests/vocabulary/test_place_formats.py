"""Ways of writing a place: postal codes, prefixes, work modes, scripts without spaces, counties and territories."""

from hypothesis import given
from hypothesis import strategies as st
from support.places import codes, country, misread_places, place_reader

from seed.reference_data import cities

READ = [
    # Postal codes and districts
    ("London SW1", None, "london gb-eng gb"),
    ("London SW1A 1AA", None, "london gb-eng gb"),
    ("London, SW1A 1AA", None, "london gb-eng gb"),
    ("10 Downing Street, London SW1A 2AA", None, "london gb-eng gb"),
    ("10115 Berlin", None, "berlin de-be de"),
    ("D-10115 Berlin", None, "berlin de-be de"),
    ("CH-8001 Zürich", None, "zurich ch-zh ch"),
    ("75001 Paris", None, "paris fr-idf fr"),
    ("Paris 8e", None, "paris fr-idf fr"),
    ("Paris 15e arrondissement", None, "paris fr-idf fr"),
    ("Issy-les-Moulineaux Cedex", None, "paris fr-idf fr"),
    ("Nantes (44)", None, "nantes fr-pdl fr"),
    ("Dublin 2", None, "dublin - ie"),
    ("D02 X285 Dublin", None, "dublin - ie"),
    ("110 00 Praha 1", None, "prague - cz"),
    ("SE-111 29 Stockholm", None, "stockholm - se"),
    ("00-950 Warszawa", None, "warsaw pl-14 pl"),
    ("1012 AB Amsterdam", None, "amsterdam nl-nh nl"),
    ("01310-100 São Paulo", None, "sao-paulo br-sp br"),
    ("Bangalore 560001", None, "bengaluru in-ka in"),
    ("Melbourne, VIC 3000", None, "melbourne au-vic au"),
    ("Melbourne VIC 3000", None, "melbourne au-vic au"),
    ("New York, NY 10001", None, "new-york us-ny us"),
    ("NY 10001", None, "- us-ny us"),
    ("1 Hacker Way, Menlo Park, CA 94025", None, "san-francisco us-ca us"),
    ("Toronto, ON M5V", None, "toronto ca-on ca"),
    ("K1A 0B1 Ottawa", None, "ottawa ca-on ca"),
    ("〒100-0001 東京都千代田区", None, "tokyo jp-13 jp"),
    # The widest first
    ("US-CA-San Francisco", None, "san-francisco us-ca us"),
    ("USA-TX-Austin", None, "austin us-tx us"),
    ("US_CA_San Francisco", None, "san-francisco us-ca us"),
    ("US.CA.San Francisco", None, "san-francisco us-ca us"),
    ("US:CA:San Francisco", None, "san-francisco us-ca us"),
    ("CA-ON-Toronto", None, "toronto ca-on ca"),
    ("IN-KA-Bangalore", None, "bengaluru in-ka in"),
    ("GB-London", None, "london gb-eng gb"),
    ("Germany-Berlin", None, "berlin de-be de"),
    ("America/New_York", None, "new-york us-ny us"),
    # Remote work and restrictions
    ("US-based remote", None, "- - us"),
    ("UK-based", None, "- - gb"),
    ("U.K. (remote)", None, "- - gb"),
    ("Remote - US only", None, "- - us"),
    ("Remote (USA only)", None, "- - us"),
    ("NYC / Remote", None, "new-york us-ny us"),
    ("Hybrid - London", None, "london gb-eng gb"),
    ("London (hybrid, 2 days)", None, "london gb-eng gb"),
    ("Home-based, UK", None, "- - gb"),
    ("Híbrido - Madrid", None, "madrid es-md es"),
    ("Teletrabajo España", None, "- - es"),
    ("Remoto (Brasil)", None, "- - br"),
    ("フルリモート", None, "- - -"),
    # A code after a slash or a dash, and provinces of Italy
    ("Curitiba/PR", None, "curitiba br-pr br"),
    ("São Paulo - SP", None, "sao-paulo br-sp br"),
    ("Serra, ES", None, "- br-es br"),
    ("London/UK", None, "london gb-eng gb"),
    ("Milano (MI)", None, "milan it-25 it"),
    ("Napoli (NA)", None, "naples-it it-72 it"),
    ("Roma (RM)", None, "rome it-62 it"),
    ("Bogotá D.C.", None, "bogota - co"),
    ("Boston Ma.", None, "boston us-ma us"),
    # Without spaces
    ("横浜市", None, "- jp-14 jp"),
    ("神奈川県横浜市", None, "- jp-14 jp"),
    ("東京都渋谷区", None, "tokyo jp-13 jp"),
    ("東京都港区六本木", None, "tokyo jp-13 jp"),
    ("大阪府大阪市北区", None, "osaka jp-27 jp"),
    ("京都府京都市", None, "kyoto jp-26 jp"),
    ("广东省深圳市", None, "shenzhen cn-gd cn"),
    ("上海浦东新区", None, "shanghai cn-sh cn"),
    ("中国北京", None, "beijing cn-bj cn"),
    ("서울특별시 강남구", None, "seoul - kr"),
    ("경기도 성남시", None, "seoul - kr"),
    ("Київ", None, "kyiv - ua"),
    # Counties and other regions
    ("Reading, Berkshire", None, "reading-uk gb-eng gb"),
    ("Cambridge, Cambridgeshire", None, "cambridge gb-eng gb"),
    ("Washington, Tyne and Wear", None, "newcastle-upon-tyne gb-eng gb"),
    ("Dublin, County Dublin", None, "dublin - ie"),
    ("Belfast, Co. Antrim", None, "belfast gb-nir gb"),
    ("Lahore, Punjab", None, "lahore - pk"),
    ("Kanton Zürich", None, "- ch-zh ch"),
    ("Europe/Berlin", None, "berlin de-be de"),
    ("Großraum Stuttgart", None, "stuttgart de-bw de"),
    ("San Francisco Bay Area, CA", None, "san-francisco us-ca us"),
    ("San Sebastián", None, "- es-pv es"),
    ("Odessa, Ukraine", None, "odesa - ua"),
    ("RTP, NC", None, "durham us-nc us"),
    # Territories
    ("Guam, USA", None, "- - gu"),
    ("Jersey, UK", None, "- - je"),
    ("Puerto Rico, USA", None, "- - pr"),
    ("Puerto Rico", "us", "- - pr"),
    ("San Juan, PR", None, "- - pr"),
    ("San Juan, PR", "us", "- - pr"),
    ("PR", "us", "- - pr"),
    ("PR", "br", "- br-pr br"),
    ("London, KY", None, "- us-ky us"),
    ("Congo, DR", None, "- - cd"),
]  # fmt: skip


def test_ways_of_writing_a_place() -> None:
    assert misread_places((text, within, expected, None) for text, within, expected in READ) == []


NAMES = sorted({name for group in cities() for name in group.names if name.isascii() and name.replace(" ", "").isalpha()})
TEXTS = ["{}", "{}, TX", "{}, Germany"]
POSTAL = ["10115 {}", "D-10115 {}", "111 29 {}", "00-950 {}", "1012 AB {}", "{} 10115", "{} SW1A 1AA", "{} M5V 2T6"]
REMOTE = ["Remote - {}", "{} (Remote)", "{} / Remote", "Hybrid, {}", "{}-based", "{} only", "Fully remote, {}"]
lands = st.sampled_from([None, "us", "gb", "de"])


@given(st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(POSTAL), st.sampled_from(REMOTE), lands)
def test_postal_codes_and_work_modes_change_no_place(
    name: str, text: str, postal: str, remote: str, within: str | None
) -> None:
    plain = codes(place_reader().read(text.format(name), country(within)))
    for written in (text.format(postal.format(name)), remote.format(text.format(name))):
        assert (written, codes(place_reader().read(written, country(within)))) == (written, plain)
