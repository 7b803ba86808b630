"""Places that a text does not settle: what is imported of them, and the reason in the report."""

from support.places import misread_places

SPRINGFIELD = (
    "may be metro:eugene, metro:springfield, metro:springfield-il, metro:springfield-mo, metro:springfield-oh or "
    "metro:washington"
)
UNSETTLED = [
    # Several places of one name, none of which is much larger than the others
    ("Georgia", None, "- - -", "may be country:ge or subdivision:us-ga"),
    ("Springfield", None, "- - us", SPRINGFIELD),
    ("Springfield", "us", "- - us", SPRINGFIELD),
    ("Cambridge", None, "- - -", "may be metro:boston, metro:cambridge or metro:kitchener-waterloo"),
    ("Washington", None, "- - us", "may be metro:washington or subdivision:us-wa"),
    ("San Jose", None, "- - -", "may be country:ph, metro:san-jose or metro:san-jose-cr"),
    ("Burnsville, NC", None, "- us-nc us", "may be metro:charlotte or subdivision:us-nc"),
    # Codes of a state and of a country
    ("CA", None, "- - -", "may be country:ca or subdivision:us-ca"),
    ("DE", None, "- - -", "may be country:de or subdivision:us-de"),
    ("LA", "us", "- - us", "may be metro:los-angeles or subdivision:us-la"),
    ("Ontario, CA", None, "- - -", "may be metro:riverside or subdivision:ca-on"),
    ("Richmond, CA", None, "- - -", "may be metro:san-francisco or metro:vancouver"),
    ("Salem, IN", None, "- - -", "may be metro:louisville or subdivision:in-tn"),
    ("Nowhere Hill, CA", None, "- - -", "may be country:ca, subdivision:it-88 or subdivision:us-ca"),
    ("Fremantle, WA", None, "- - -", "may be subdivision:au-wa or subdivision:us-wa"),
    ("Fremantle WA", None, "- - -", "may be subdivision:au-wa or subdivision:us-wa"),
    ("Fremantle, WA", "us", "- us-wa us", ""),
    # Names that the reference does not have
    ("Nowhereville", None, "- - -", ""),
    ("Nowhereville", "gr", "- - gr", ""),
    ("Nowhere Hill, TX", None, "- us-tx us", ""),
    ("Nowhere Hill, Germany", None, "- - de", ""),
    ("2 Metro Tech", "us", "- - us", ""),
    ("no", None, "- - -", ""),
    ("EU", None, "- - -", ""),
    ("Latin America", None, "- - -", ""),
    ("Paris, Nowhere", None, "- - -",
     "may be metro:lexington, metro:paris, subdivision:us-ar, subdivision:us-il, subdivision:us-me or 3 others"),
    # Contradictions: the narrower place is left out
    ("Berlin, France", None, "- - fr", "not in France"),
    ("Berlin", "fr", "- - fr", "not in France"),
    ("Toronto, UK", None, "- - gb", "not in United Kingdom"),
    ("Montenegro", "co", "- - co", "not in Colombia"),
    ("Warren, NJ", None, "- us-nj us", "not in New Jersey"),
    ("New Jersey, NB, Canada", None, "- ca-nb ca", "not in New Brunswick"),
    # Contradictions between countries, and between a city abroad and a code: nothing is certain
    ("Toronto, Canada", "us", "- - -", "not in United States"),
    ("Paris, FR", "us", "- - -", "not in United States"),
    ("Bennington, NE", "sd", "- - -", "not in Sudan"),
    ("Germany, France", None, "- - -", "several places"),
    ("Bournemouth, AL", None, "- - -", "contradicts itself"),
    ("Lyon, CO", None, "- - -", "contradicts itself"),
    # Several places: what they share
    ("London / Berlin", None, "- - -", "several places"),
    ("London, Paris", None, "- - -", "several places"),
    ("Berlin/Munich", None, "- - de", "several places"),
    ("Berlin, Munich", None, "- - de", "several places"),
    ("New York, San Francisco, Seattle", None, "- - us", "several places"),
    ("Mars", None, "- - -", "may be metro:pittsburgh"),
    ("Berlin, Munich, Hamburg", None, "- - de", "several places"),
    ("Helsinki & Tampere", None, "- - fi", "several places"),
    ("New York, NY / San Francisco, CA", None, "- - us", "several places"),
    ("Munich or Berlin", None, "- - de", "several places"),
    ("Raleigh-Durham-Chapel Hill Area", None, "- us-nc us", "several places"),
    ("Los Angeles, CA (+1 other)", None, "- - -", "several places"),
    ("Austin, TX and 2 more", "us", "- - us", "several places"),
    # Codes of a country and of a subdivision elsewhere, also after an unknown name
    ("RS", None, "- - -", "may be country:rs or subdivision:br-rs"),
    ("ES", None, "- - -", "may be country:es or subdivision:br-es"),
    ("MG", None, "- - -", "may be country:mg or subdivision:br-mg"),
    ("PR", None, "- - -", "may be country:pr, subdivision:br-pr or subdivision:it-45"),
    ("Remote (ES)", None, "- - -", "may be country:es or subdivision:br-es"),
    ("Nowhereville, SK", None, "- - -", "may be country:sk, subdivision:ca-sk or subdivision:in-sk"),
    ("ON", None, "- - -", "may be subdivision:ca-on"),
    ("BC", None, "- - -", "may be subdivision:ca-bc or subdivision:mx-bcn"),
    ("RS", "br", "- br-rs br", None),
    ("ES", "es", "- - es", None),
    # Regions of which another country has a large city, or a region
    ("Victoria", None, "- - -", "may be metro:victoria-bc or subdivision:au-vic"),
    ("Franca", None, "- - -", "may be country:fr or subdivision:br-sp"),
    ("Kochi", None, "- - -", "may be metro:kochi or subdivision:jp-39"),
    ("Punjab", None, "- - -", "may be country:pk or subdivision:in-pb"),
    ("Norfolk", None, "- - -", "may be metro:boston, metro:virginia-beach, subdivision:gb-eng or subdivision:us-ne"),
    ("Odessa", None, "- - -", "may be metro:odesa or metro:odessa"),
    ("Vitória, ES", None, "- - -", "may be subdivision:br-es or subdivision:es-pv"),
    ("Santa Fe", None, "- - -", "may be country:ar or metro:santa-fe"),
    ("Richmond, Surrey", None, "- - -", "may be metro:london or metro:vancouver"),
    ("Milan, MI", None, "- - -", "may be metro:milan or metro:monroe-mi"),
    ("Surrey office", None, "- - -", "may be metro:vancouver or subdivision:gb-eng"),
    ("City of Ontario", None, "- - -", ""),
    # Words
    ("Brick office", None, "- - -", "may be metro:new-york"),
    ("HR office", None, "- - -", ""),
    ("Paradise", None, "- - -", "may be metro:chico, metro:lancaster or metro:las-vegas"),
    ("Metro", None, "- - -", "may be country:id"),
    ("Mobile", None, "- - -", "may be metro:mobile"),
    ("Gare", None, "- - -", "may be metro:paris"),
    ("Remote (EST)", None, "- - -", "may be country:ee"),
    ("APAC", None, "- - -", "may be country:ug"),
    ("No", None, "- - -", ""),
    ("At", None, "- - -", ""),
    ("Sur", None, "- - -", ""),
    # Nothing but a postal code, an address or a district
    ("10001", None, "- - -", ""),
    ("SW1A 1AA", None, "- - -", ""),
    ("137 Centre St., N.Y.", None, "- us-ny us", ""),
    ("福島区", None, "- - -", ""),
    ("東京支社", None, "- - -", ""),
    # A city elsewhere than its region or the country of its code
    ("Boston, Lincolnshire", None, "- gb-eng gb", "not in England"),
    ("Birmingham, Wales", None, "- gb-wls gb", "not in Wales"),
    ("Bangor, Wales", None, "- gb-wls gb", "not in Wales"),
    ("Glasgow, England", None, "- gb-eng gb", "not in England"),
    ("Belfast, England", None, "- gb-eng gb", "not in England"),
    ("Manchester, Scotland", None, "- gb-sct gb", "not in Scotland"),
    ("UK or Europe", None, "- - -", "several places"),
    ("US/Canada", None, "- - -", "several places"),
    ("US/CA", None, "- - -", "several places"),
    ("CA/US", None, "- - -", "several places"),
    ("Remote US/CA", None, "- - -", "several places"),
    ("Saint-Denis", None, "- - -", "may be country:re or metro:paris"),
]  # fmt: skip


def test_what_is_not_settled_is_left_out_and_reported() -> None:
    assert misread_places(UNSETTLED) == []
