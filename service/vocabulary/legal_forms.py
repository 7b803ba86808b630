"""Legal forms of companies by language, as the words of a folded name: letters written apart are one word (`s de rl de cv`).

Facts of company law; the list is own work, after ISO 20275 (Entity Legal Forms). A form that is also an ordinary word at the
end of names is left out, or recognised only where its letters are written apart.
"""

import re

from service.vocabulary.spellings import fold

Form = tuple[str, ...]


def _forms(text: str) -> frozenset[Form]:
    return frozenset(tuple(fold(form).split()) for form in re.split(r"[|\n]", text) if form.strip())


CONNECTED = _forms("and co|and company|und co|und cie|et cie|et compagnie|y cia|y cía|y compañía|e cia")
"""Forms that people write as part of the name, such as JPMorgan Chase & Co; labels keep them."""

ATTACHED = tuple(
    fold(
        "株式会社 有限会社 合同会社 合資会社 合名会社 股份有限公司 有限责任公司 有限責任公司 有限公司 "
        "유한책임회사 주식회사 유한회사 บริษัท จำกัด"
    ).split()
)
"""Forms that names start or end with without a space; longer ones before the shorter ones that they end with."""

BRACKETED = {"株": "株式会社", "有": "有限会社", "同": "合同会社", "주": "주식회사", "유": "유한회사"}
"""Abbreviations in brackets: (株), and ㈱ after compatibility normalisation."""

_ATTACHED = frozenset((form,) for form in ATTACHED)

SUFFIXES = (
    CONNECTED
    | _ATTACHED
    | _forms("""
    inc|incorporated|corp|corporation|co|company|ltd|limited|llc|lllp|llp|lp|lc|plc|pllc|pc|pa|pbc|na|dba|ulc|dac|clg|cic
    public limited company|limited liability company|limited liability partnership|limited partnership|opc
    pvt|p ltd|private limited|private ltd|pte|pty|proprietary limited|proprietary ltd|sdn|bhd|berhad|tbk|persero tbk
    fze|fzco|fz llc|fzllc|dmcc|wll|ksc|kscp|psc|jsc|pjsc|ojsc|cjsc|ooo|oao|zao
    gmbh|ggmbh|gesmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|ug haftungsbeschränkt|se|partg|partgmbb|partg mbb|eg
    aktiengesellschaft|gesellschaft mit beschränkter haftung|kommanditgesellschaft
    sa|sas|sasu|sarl|sàrl|sà rl|sa rl|eurl|snc|selarl|ltée|ltee|société anonyme|société par actions simplifiée
    société à responsabilité limitée
    spa|srl|srls|sapa|scarl|società per azioni|società a responsabilità limitata
    sl|slu|sau|sll|s en c|sa de cv|sab de cv|sapi de cv|sapi|s de rl|s de rl de cv|sociedad anónima|sociedad limitada
    ltda|lda|limitada|eireli|eirl|sgps|sac|saa
    bv|nv|bvba|cvba|vof|sprl|vzw|asbl|besloten vennootschap|naamloze vennootschap
    ab|abp|publ|as|asa|aps|ivs|oy|oyj|hb|kb|ehf|hf|aktiebolag|osakeyhtiö|aktieselskab|anpartsselskab|aksjeselskap
    uab|sia|oü|osaühing
    sp z oo|sp z o o|sp zoo|sp zo o|spzoo|spółka z oo|spółka z o o|spółka zoo|sp k|sp j|spółka akcyjna
    spółka z ograniczoną odpowiedzialnością
    sro|s ro|spol sro|spol s ro|akciová společnost|společnost s ručením omezeným|kft|zrt|nyrt|doo|d oo|jdoo|ood|eood|ead
    aş|şti|anonim şirketi|limited şirketi|αε|επε|ικε
    ооо|ао|пао|зао|оао|одо|чао|тоо|тов|ат|прат|пат|еоод|оод|ад|еад|доо|д оо
    בעמ|בע מ|شمم|شمل|ذمم|شذمم|มหาชน|प्राइवेट लिमिटेड|लिमिटेड
    kk|gk|kabushiki kaisha|kabushiki gaisha|godo kaisha|yugen kaisha
    """)
)
"""Forms at the end of a name; several may follow each other (Co., Ltd.)."""

INITIALS = _forms("ad|ae|cv|dd|ek|eu|ev|pl|sad|sal|bsc|sc|sca|sci|spc|vos|kd|ks|bm|bt|rt|gp")
"""Forms at the end of a name only where their letters are written apart (e.V., P/L), or as in CAPITALISED."""

CAPITALISED = frozenset({"eV", "eK", "eU"})
"""Forms that their capitals tell from a word: Fraunhofer eV, not Tesla EV."""

PREFIXES = _ATTACHED | _forms("""
    ооо|ао|пао|зао|оао|одо|тоо|тов|ат|прат|пат|ип|фоп|общество с ограниченной ответственностью|акционерное общество
    публичное акционерное общество|закрытое акционерное общество|товариство з обмеженою відповідальністю
    oy ab|ab oy|kabushiki kaisha|công ty tnhh|công ty cổ phần|công ty trách nhiệm hữu hạn
""")
"""Forms at the start of a name."""

MARKED_PREFIXES: dict[str, frozenset[str]] = {
    "ab": frozenset({"publ"}),
    "oy": frozenset({"ab"}),
    "pt": frozenset({"tbk", "persero"}),
    **dict.fromkeys(("uab", "ooo", "oao", "zao"), frozenset()),
}
"""Forms at the start of a name that other names start with too (AB Data, PT Solutions, UAB Medicine), each with the words at
the end that make it certain: AB Volvo (publ), PT Telkom Indonesia Tbk. So do quotes: OOO "Akme"."""

RELATIONS = _forms("""
    doing business as|operating as|formerly known as|formerly|previously|also known as|a division of|an operating division of
    subsidiary of|a subsidiary of|a wholly owned subsidiary of|wholly owned subsidiary of
    a unit of|an affiliate of|a trade name of
""")
"""Phrases after which another name follows: a trade name, a former name, or the name of the owner."""

ABBREVIATED_RELATIONS = _forms("dba|fka|aka")
"""Relations that are words of names too (Oracle DBA Experts); certain after a legal form or a bracket, and as d/b/a."""

LONGEST = max(map(len, SUFFIXES | PREFIXES | RELATIONS))
