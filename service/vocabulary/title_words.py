"""Job titles as words: split at punctuation, without case, accents and plurals, with one word for each synonym."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from service.vocabulary.spellings import fold

T = TypeVar("T")
Words = tuple[str, ...]


def phrases(text: str) -> list[str]:
    """The phrases of a text that separates them by commas."""
    return [phrase.strip() for phrase in text.split(",")]


# Words

_ACCENTS = re.compile("[\u0300-\u036f]")
_GENDERS = re.compile(
    r"[(\[](?:[mwfdxhvkn*]|gn|divers)(?:\s*[/|,.:]?\s*(?:[mwfdxhvkn*]|divers)){1,3}[)\]]"  # (m/w/d), (mwd)
    r"|\b(?!h/w\b)[mwfdxhvk]/[mwfdxhvk](?:/[mwfdxhvk]){1,2}\b|\b[hf]/[hf]\s*$|\bm/[fwv]\s*$"  # m/f/x, H/F at the end
    r"|[(\[]?\ball genders\b[)\]]?"
)
_GENDERED_ENDING = re.compile(
    r"(?<=\w{4})(?:[*:/]-?|\()(?:innen|in|euse|rice|se|e|a)\)?(?!\w)"
)  # Entwickler*in, Ingénieur(e)
_IDENTIFIER = re.compile(
    r"#\s*[\w-]*\d[\w-]*|\b\d\d-\d{4}(?:\.\d+)?\b|\b(?:[a-z-]*\d){4,}[\w-]*"
    r"|\b(?:req|requisition|ref|job|position)\b[\s.]*(?:id|no|nr|number)?[\s:.#-]*[a-z]{0,4}-?\d[\w-]*"
)
_BREAK = re.compile(
    r"[,;:|•·()\[\]{}<>@~!?、。・]|\s-+|-+\s|[‐-―]|\s(?:with|for|at|in|en|via)(?=\s)(?!\s(?:training|ausbildung)\b)"
)
_ABBREVIATED = re.compile(r"\b(sr|snr|jr|jnr|mgr|dir|asst|assoc|engr?|ehem)\.(?=\w)")
_GRADE = re.compile(r"\b(grade|band|level|tier|step) (?=(?:\d{1,2}|i{1,3}|iv|v)(?!\S))")
_APOSTROPHE = re.compile("['’`]")
_WORD = re.compile(r"\.?\w[\w+#]*(?:\.\w[\w+#]*)*|/")
_NUMBERED = re.compile(r"(sde|swe|mle)(\d)")

_UNSPACED = {
    "ml": "機械学習, 机器学习, 機器學習, 머신러닝, 기계학습",
    "ai": "人工知能, 人工智能, 人工智慧, 인공지능",
    "data scientist": "データサイエンティスト, 数据科学家, 數據科學家, 資料科學家, 데이터 사이언티스트, 데이터 과학자",
    "data analyst": "データアナリスト, 数据分析师, 數據分析師, 資料分析師, 데이터 분석가, 데이터 애널리스트",
    "data engineer": "データエンジニア, 数据工程师, 數據工程師, 資料工程師, 데이터 엔지니어",
    "software": "ソフトウェア, ソフトウエア, 软件, 軟體, 軟件, 소프트웨어",
    "algorithm": "アルゴリズム, 算法, 演算法, 알고리즘",
    "backend": "バックエンド, 后端, 後端, 백엔드",
    "frontend": "フロントエンド, 前端, 프론트엔드, 프런트엔드",
    "fullstack": "フルスタック, 全栈, 全端, 풀스택",
    "research": "リサーチ, 研究",
    "researcher": "研究員, 研究员, 研究者, 연구원",
    "engineer": "エンジニア, 工程师, 工程師, 技術者, 엔지니어",
    "developer": "デベロッパー, 開発者, 开发工程师, 開發工程師, 开发者, 개발자",
    "deep learning": "深層学習, ディープラーニング, 深度学习, 深度學習, 딥러닝",
    "qa engineer": "测试工程师, 測試工程師, テストエンジニア",
    "devops engineer": "运维工程师, 維運工程師",
    "software developer": "プログラマー, プログラマ, 程序员, 程式設計師",
    "scientist": "サイエンティスト, 科学家, 科學家, 사이언티스트",
    "architect": "アーキテクト, 架构师, 架構師, 아키텍트",
    "product manager": "プロダクトマネージャー, プロダクトマネジャー, 产品经理, 產品經理, 프로덕트 매니저",
    "project manager": "プロジェクトマネージャー, プロジェクトマネジャー, 项目经理, 專案經理, 프로젝트 매니저",
    "senior": "シニア, 高级, 高級, 资深, 資深, 시니어, 선임",
    "junior": "ジュニア, 初级, 初級, 주니어",
    "lead": "リード, 리드",
    "intern": "インターン, 实习生, 實習生, 实习, 實習, 인턴",
    "former": "元, 前",
    "aspiring": "志望",
}
"""Words of Japanese, Chinese and Korean, found wherever they are, since those languages need no spaces between words."""

_SYNONYMS = {
    "ml": "m.l, machine learning, machinelearning, apprentissage automatique, maschinelles lernen, aprendizaje automatico, "
    "машинного обучения",
    "ai": "a.i, artificial intelligence, ia, intelligence artificielle, inteligencia artificial, kunstliche intelligenz, ki",
    "bi": "business intelligence",
    "power bi": "powerbi",
    "ai ml": "ai / ml, ml / ai, ai and ml, ml and ai",
    "nlp": "natural language processing",
    "llm": "large language model, large language models, llms",
    "genai": "gen ai, generative ai, generative artificial intelligence",
    "mlops": "ml ops, machine learning ops",
    "qa": "quality assurance",
    "backend": "back end",
    "frontend": "front end",
    "fullstack": "full stack",
    "senior": "sr, snr, seniori, vanhempi, starszy, старший",
    "junior": "jr, jnr, nuorempi, młodszy, младший",
    "mid": "midlevel, intermediate, intermedio, intermedia, ssr, semisenior, semi senior, medior, pleno",
    "lead": "leitender, leitende, leitend, lider, johtava, ведущий",
    "team lead": "teamlead, team leader, teamleiter, teamleiterin",
    "tech lead": "tech leader, technical leader, technical lead, technology lead, technology leader, lider tecnico",
    "vp": "vice president, v.p, vice presidente",
    "vpof": "vp of",
    "director": "executive director, managing director, directeur, directrice, directora, direktor",
    "trainee": "in training",
    "auszubildende": "in ausbildung",
    "data science": "ciencia de datos, ciencia de dados, science des donnees",
    "data analyst": "datenanalyst, datenanalystin",
    "data scientist": "datenwissenschaftler, datenwissenschaftlerin",
    "data engineer": "dateningenieur, dateningenieurin, datainsinoori, data insinoori",
    "software developer": "softwareentwickler, softwareentwicklerin, ohjelmistokehittaja, programista, программист",
    "software engineer": "softwareingenieur, softwareingenieurin, mjukvaruingenjor",
    "application developer": "anwendungsentwickler, anwendungsentwicklerin",
    "web developer": "webentwickler, webentwicklerin",
    "system developer": "systemutvecklare, systementwickler, systementwicklerin",
    "system administrator": "systemadministrator, systemadministratorin",
    "product manager": "produktmanager, produktmanagerin, chef de produit",
    "software architect": "softwarearchitekt, softwarearchitektin, ohjelmistoarkkitehti",
    "project manager": "projektleiter, projektleiterin, projektmanager, projektipaallikko, chef de projet, jefe de proyecto",
    "engineer": "eng, engr, ingenieur, ingenieurin, ingenieure, ingeniero, ingeniera, engenheiro, engenheira, ingegnere, "
    "inzynier, инженер",
    "developer": "dev, entwickler, entwicklerin, developpeur, developpeuse, desarrollador, desarrolladora, desenvolvedor, "
    "desenvolvedora, sviluppatore, kehittaja, utvecklare, ontwikkelaar, разработчик",
    "scientist": "cientifico, cientifica, cientista, wissenschaftler, wissenschaftlerin",
    "analyst": "analista, analyste, analytiker, analityk, analyytikko, аналитик",
    "architect": "arquitecto, arquitecta, arquiteto, architekt, architecte, architetto, arkkitehti, архитектор",
    "consultant": "konsultti, consultor, consultora, berater, beraterin",
    "manager": "mgr",
    "software": "sw, logiciel",
    "data": "datos, dados, donnees, dati, danych, данных",
    "programmer": "programador, programadora, programmierer, programmeur",
}
CONNECTING = {"of", "de", "des", "du", "da", "do", "di", "del", "the", "/"}
_NO_PLURAL = re.compile(
    r"(?:ss|us|is|ics|ops|js)$|^.{1,3}$|^(?:futures|leads|seniors|juniors|principals|heads|graduates|internships|apprenticeships)$"
)
"""Words that lose no plural: "Data Analyst, Leads" and "Data Scientist (Internships)" are about something else."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a title between commas, dashes or brackets, in lower case; `words` are without accents and plurals."""

    text: str
    words: Words


def segments(title: str) -> list[Segment]:
    """The parts of a title, without marks of gender and requisition numbers.

    >>> [segment.words for segment in segments("Sr. Machine-Learning Engineers (m/w/d) - NLP, R-12345")]
    [('senior', 'ml', 'engineer'), ('nlp',)]
    """
    plain = _spaced(fold(title)).replace("&", " and ").replace("_", " ")
    plain = _IDENTIFIER.sub(" , ", _GENDERED_ENDING.sub("", _GENDERS.sub(" , ", _APOSTROPHE.sub("", plain))))
    found = (Segment(part.strip(), _words(part)) for part in _BREAK.split(plain))
    return [segment for segment in found if segment.words]


@lru_cache(maxsize=8192)
def words_of(text: str) -> Words:
    """All words of a text, without the breaks between its parts."""
    return tuple(word for segment in segments(text) for word in segment.words)


def _without_accents(folded: str) -> str:
    return folded if folded.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", folded))


def _spaced(folded: str) -> str:
    """A text with words of languages without spaces translated and set apart."""
    return folded if folded.isascii() else _WRITTEN_TOGETHER.sub(lambda found: f" {_MEANING_OF[found[0]]} ", folded)


def _alternatives(texts: Iterable[str]) -> str:
    """A pattern for any of some texts, the longest first."""
    return "|".join(sorted(map(re.escape, texts), key=len, reverse=True))


_MEANING_OF = {fold(phrase): word for word, listed in _UNSPACED.items() for phrase in phrases(listed)}
_WRITTEN_TOGETHER = re.compile(_alternatives(_MEANING_OF))
_SYNONYM_OF = {_without_accents(fold(phrase)): word for word, listed in _SYNONYMS.items() for phrase in phrases(listed)}
_SYNONYM = re.compile(rf"(?<!\S)(?:{_alternatives(_SYNONYM_OF)})(?!\S)")


def _words(part: str) -> Words:
    listed = " ".join(_WORD.findall(_without_accents(_ABBREVIATED.sub(r"\1 ", part.replace("-", " ")))))
    listed = _GRADE.sub(r"\1", _NUMBERED.sub(r"\1 \2", listed))
    while (replaced := _SYNONYM.sub(lambda found: _SYNONYM_OF[found[0]], listed)) != listed:
        listed = replaced  # "gen artificial intelligence" becomes "gen ai", and that "genai"
    return tuple(word if _NO_PLURAL.search(word) else word.removesuffix("s") for word in listed.split())


def spelling(words: Iterable[str]) -> str:
    """A text to compare titles by: words without those that only connect."""
    return " ".join(word for word in words if word not in CONNECTING)


class Phrases(Generic[T]):
    """Phrases with their meanings, found in words from left to right, the longest first."""

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._meanings = {words_of(text): meaning for text, meaning in meanings.items()}
        self._longest = max(map(len, self._meanings), default=0)

    def find(self, words: Sequence[str]) -> list[tuple[int, int, T]]:
        """Start, end and meaning of each phrase in `words`; phrases do not overlap."""
        found, start = [], 0
        while start < len(words):
            for end in range(min(len(words), start + self._longest), start, -1):
                if (phrase := tuple(words[start:end])) in self._meanings:
                    found.append((start, end, self._meanings[phrase]))
                    break
            else:
                end = start + 1
            start = end
        return found
