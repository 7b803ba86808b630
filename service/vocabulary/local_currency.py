"""The currency that pay is usually told in, by country.

Facts of ISO 4217 as GeoNames lists them (geonames.org, CC BY 4.0); countries whose currency has no rate in the reference
data are left out.
"""

import re

_COUNTRIES = """
    AED: ae; AFN: af; ALL: al; AMD: am; ANG: an; AOA: ao; ARS: ar; AUD: au cc cx hm ki nf nr tv; AWG: aw; AZN: az; BAM: ba;
    BBD: bb; BDT: bd; BGN: bg; BHD: bh; BIF: bi; BMD: bm; BND: bn; BOB: bo; BRL: br; BSD: bs; BTN: bt; BWP: bw; BYN: by;
    BZD: bz; CAD: ca; CDF: cd; CHF: ch li; CLP: cl; CNY: cn; COP: co; CRC: cr; CVE: cv; CZK: cz; DJF: dj; DKK: dk fo gl;
    DOP: do; DZD: dz; EGP: eg; ERN: er; ETB: et;
    EUR: ad at ax be bl cy de ee es fi fr gf gp gr hr ie it lt lu lv mc me mf mq mt nl pm pt re si sk sm tf va xk yt;
    FJD: fj; FKP: fk; GBP: gb gg gs im je; GEL: ge; GHS: gh; GIP: gi; GMD: gm; GNF: gn; GTQ: gt; GYD: gy; HKD: hk; HNL: hn;
    HTG: ht; HUF: hu; IDR: id; ILS: il ps; INR: in; IQD: iq; IRR: ir; ISK: is; JMD: jm; JOD: jo; JPY: jp; KES: ke; KGS: kg;
    KHR: kh; KMF: km; KRW: kr; KWD: kw; KYD: ky; KZT: kz; LAK: la; LBP: lb; LKR: lk; LRD: lr; LSL: ls; LYD: ly; MAD: eh ma;
    MDL: md; MGA: mg; MKD: mk; MMK: mm; MNT: mn; MOP: mo; MRU: mr; MUR: mu; MVR: mv; MWK: mw; MXN: mx; MYR: my; MZN: mz;
    NAD: na; NGN: ng; NIO: ni; NOK: bv no sj; NPR: np; NZD: ck nu nz pn tk; OMR: om; PAB: pa; PEN: pe; PGK: pg; PHP: ph;
    PKR: pk; PLN: pl; PYG: py; QAR: qa; RON: ro; RSD: cs rs; RUB: ru; RWF: rw; SAR: sa; SBD: sb; SCR: sc; SDG: sd; SEK: se;
    SGD: sg; SHP: sh; SLE: sl; SOS: so; SRD: sr; SSP: ss; STN: st; SYP: sy; SZL: sz; THB: th; TJS: tj; TMT: tm; TND: tn;
    TOP: to; TRY: tr; TTD: tt; TWD: tw; TZS: tz; UAH: ua; UGX: ug; USD: as bq ec fm gu io mh mp pr pw sv tc tl um us vg vi;
    UYU: uy; UZS: uz; VND: vn; VUV: vu; WST: ws; XAF: cf cg cm ga gq td; XCD: ag ai dm gd kn lc ms vc; XCG: cw sx;
    XOF: bf bj ci gw ml ne sn tg; XPF: nc pf wf; ZAR: za; ZMW: zm
"""

LOCAL_CURRENCY: dict[str, str] = {
    country: currency
    for currency, countries in re.findall(r"([A-Z]{3}): ([a-z ]+)", _COUNTRIES)
    for country in countries.split()
}
"""By the country's code."""
