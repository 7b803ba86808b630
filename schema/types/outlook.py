"""Outlooks: forecasts of pay with prediction intervals and the error of past forecasts."""

import strawberry

from schema.types.definitions import define_type, method
from schema.types.scalars import Month
from schema.types.stats import source_kinds
from service.market import outlook
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.outlook import Outlook, OutlookPoint
from service.vocabulary.measures import Measure

define_type(
    OutlookPoint,
    "Forecast for a quarter.",
    {
        "period": "Quarter: 2026-Q3.",
        "start": strawberry.field(graphql_type=Month, description="First month of the quarter."),
        "median": "Median of the forecast of typical pay, in the requested currency.",
        "interval": method(
            OutlookPoint.interval,
            "Prediction interval: the range of the median that the quarter's records may report. It reflects the "
            "uncertainty of the current level, of the trend and of sampling, assuming as many records as recently, and "
            "widens with each quarter.",
            level="Probability, 0.5 to 0.999, that the interval contains the reported value.",
        ),
    },
)
define_type(
    Outlook,
    "Forecast of the pay of a cohort.",
    {
        "points": "Forecasts, from the first quarter after the latest complete one with data; empty if there is a `reason`.",
        "reason": "Why there is no forecast, in English; null if there is one.",
        "method": "Description of the model and its data, in English.",
        "backtest_error": "Mean absolute percentage error of held-out forecasts of the pay that `method` names: as many "
        "quarters ahead as requested, made in each of up to eight of the latest quarters. Null without points.",
        "naive_error": "Mean absolute percentage error of a naive forecast of the same quarters, the last value carried "
        "forward. If it is lower than `backtestError`, trust the trend less. Null without points.",
        "records": "Number of records that report the measure in the quarters used.",
        "quarters_used": "Number of quarters used: those of the latest ten years with data that were complete when the "
        "edition was published and have at least ten records.",
        "kinds": source_kinds("kinds", "Types of sources of these records."),
    },
)


async def outlook_of(cohort: Cohort, quarters: int, measure: Measure, model_pool: ModelPool) -> Outlook:
    await cohort.prepare(measure)
    return await outlook.outlook(cohort, quarters, measure, model_pool)
