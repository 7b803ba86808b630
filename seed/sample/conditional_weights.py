"""Dependences between factors of the sample, such as more doctorates in research and more stock options in startups."""

from collections.abc import Iterable, Mapping
from math import exp

from service.vocabulary.factors import Factor

MAX_YEARS = 40

_LANGUAGE = ("nlp-engineer", "llm-engineer", "ai-engineer", "prompt-engineer")
_DATA = ("data-engineer", "analytics-engineer", "data-architect")
_ANALYSTS = ("data-analyst", "business-intelligence-analyst")
_EXPERIENCED = ("machine-learning-architect", "ai-architect", "machine-learning-manager", "data-science-manager")
_RESEARCH = (
    "machine-learning-scientist",
    "machine-learning-researcher",
    "machine-learning-research-engineer",
    "ai-researcher",
    "applied-scientist",
    "research-scientist",
    "research-engineer",
    "quantitative-researcher",
    "statistician",
)
_FIELDS = (
    "computer-science",
    "artificial-intelligence",
    "data-science",
    "software-engineering",
    "statistics",
    "mathematics",
    "physics",
    "electrical-engineering",
    "economics",
    "business",
    "biology",
    "linguistics",
)
_DEGREES = ("bachelor", "master", "doctorate")
_NO_EQUITY = {"stock-options": 0.0, "restricted-stock": 0.0, "stock-purchase-plan": 0.0, "annual-bonus": 0.3}


def _each(values: Iterable[str], multipliers: Mapping[str, float]) -> dict[str, Mapping[str, float]]:
    return dict.fromkeys(values, multipliers)


def _years_around(mean: float, spread: float) -> dict[str, float]:
    return {str(n): exp(-0.5 * ((n - mean) / spread) ** 2) for n in range(MAX_YEARS + 1)}


CONDITIONAL_WEIGHTS: dict[Factor, tuple[Factor, dict[str, Mapping[str, float]]]] = {
    Factor.LEVEL: (
        Factor.ROLE,
        {
            **_each(_EXPERIENCED, {"entry": 0, "mid": 0.3, "staff": 2, "executive": 3}),
            "director-of-machine-learning": {"entry": 0, "mid": 0, "senior": 0.2, "executive": 20},
        },
    ),
    Factor.EXPERIENCE: (
        Factor.LEVEL,
        {
            "entry": _years_around(0.5, 1.6),
            "mid": _years_around(4, 2.2),
            "senior": _years_around(8, 3.2),
            "staff": _years_around(11, 4),
            "principal": _years_around(15, 4.5),
            "executive": _years_around(18, 5.5),
        },
    ),
    Factor.WORK_MODE: (Factor.YEAR, {"2020": {"remote": 2}, "2021": {"remote": 2.5}, "2022": {"remote": 1.6}}),
    Factor.EMPLOYER_SIZE: (
        Factor.EMPLOYER_TYPE,
        {
            "startup": {"small": 3, "medium": 2, "large": 0.3, "enterprise": 0.03},
            "public": {"small": 0.05, "medium": 0.2, "enterprise": 2},
            **_each(("government", "academia"), {"small": 0.1, "enterprise": 2}),
            "agency": {"small": 2},
        },
    ),
    Factor.INDUSTRY: (
        Factor.EMPLOYER_TYPE,
        {
            "academia": {"universities": 1500, "healthcare": 3},
            "government": {"government": 500, "aerospace-defence": 8},
            "nonprofit": {"nonprofit": 300, "healthcare": 4},
            "agency": {"consulting": 20, "it-services": 8},
            "startup": {"artificial-intelligence": 2.5, "robotics": 2, "banking": 0.1},
            "public": {"internet": 2, "semiconductors": 2},
        },
    ),
    Factor.EDUCATION: (
        Factor.ROLE,
        {
            **_each(_RESEARCH, {"secondary": 0.1, "bachelor": 0.3, "doctorate": 4}),
            **_each(_ANALYSTS, {"secondary": 2, "doctorate": 0.15}),
            **_each(_DATA, {"doctorate": 0.25}),
        },
    ),
    Factor.FIELD_OF_STUDY: (
        Factor.EDUCATION,
        {
            "secondary": dict.fromkeys(_FIELDS, 0.0),
            **_each(_DEGREES, {"none": 0}),
        },
    ),
    Factor.SPECIALIZATION: (
        Factor.ROLE,
        {
            "computer-vision-engineer": {"computer-vision": 6.5, "nlp": 0.2},
            "mlops-engineer": {"mlops": 6},
            "recommender-systems-engineer": {"recommender-systems": 13},
            "robotics-engineer": {"robotics": 28, "reinforcement-learning": 4},
            "quantitative-researcher": {"quantitative-finance": 30, "time-series": 6},
            "statistician": {"causal-inference": 7},
            **_each(_LANGUAGE, {"nlp": 4, "large-language-models": 5, "generative-ai": 4, "computer-vision": 0.4}),
            **_each((*_DATA, *_ANALYSTS), {"computer-vision": 0.1, "deep-learning": 0.1, "nlp": 0.2}),
        },
    ),
    Factor.SKILL: (
        Factor.ROLE,
        {
            **_each(_ANALYSTS, {"tableau": 5, "power-bi": 5, "excel": 5, "sql": 1.6, "pytorch": 0.1, "python": 0.6}),
            **_each(_DATA, {"spark": 3, "airflow": 3.5, "kafka": 4, "dbt": 4, "data-pipelines": 2.8, "pytorch": 0.15}),
            **_each(_RESEARCH, {"jax": 3.5, "cuda": 2.5, "pytorch": 1.6, "statistics": 1.8, "power-bi": 0.2}),
            **_each(_LANGUAGE, {"hugging-face": 3, "langchain": 4, "rag": 4.5, "fine-tuning": 4.5, "vector-databases": 5}),
            "mlops-engineer": {"kubernetes": 3.5, "docker": 2.2, "terraform": 4, "mlflow": 4, "ci-cd": 3.5},
        },
    ),
    Factor.BENEFIT: (
        Factor.EMPLOYER_TYPE,
        {
            "startup": {"stock-options": 4.5, "restricted-stock": 0.2, "unlimited-time-off": 2.5, "retirement-match": 0.5},
            "public": {"restricted-stock": 2.8, "stock-purchase-plan": 3.5, "stock-options": 0.5, "retirement-match": 1.6},
            "academia": {**_NO_EQUITY, "research-time": 8, "sabbatical": 6},
            **_each(("government", "nonprofit"), _NO_EQUITY),
        },
    ),
}
"""By factor: the factor it depends on, and by value of that factor the multipliers of its own values' weights."""
