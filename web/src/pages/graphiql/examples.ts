export interface Example {
  question: string;
  query: string;
}

/** Example queries, simple ones first. Each runs on any data that reports its factors. */
export const EXAMPLES: readonly { about: string; examples: readonly Example[] }[] = [
  {
    about: "Pay",
    examples: [
      {
        question: "What does a role pay in a country?",
        query: `query PayOfRole {
  cohort(where: { role: ["machine-learning-engineer"], country: ["us"] }) {
    size
    stats(measure: BASE_SALARY) {
      p10
      p25
      p50
      p75
      p90
      interval { low high }
      confidence
    }
  }
}`,
      },
      {
        question: "And at each level?",
        query: `query PayByLevel {
  cohort {
    by(factor: LEVEL) {
      value { code label }
      cohort {
        size
        stats(measure: BASE_SALARY) { p50 interval { low high } }
      }
    }
  }
}`,
      },
      {
        question: "How does my pay compare?",
        query: `query PercentileRank {
  cohort(where: { role: ["data-scientist"], level: [SENIOR] }, currency: "EUR") {
    percentileRank(amount: 95000, measure: BASE_SALARY) {
      rank
      interval { low high }
      count
    }
  }
}`,
      },
      {
        question: "What do bonus and equity add?",
        query: `query BeyondBase {
  cohort {
    base: stats(measure: BASE_SALARY) { p50 interval { low high } count }
    bonus: stats(measure: BONUS) { mean meanInterval { low high } p50 count }
    equity: stats(measure: EQUITY) { mean meanInterval { low high } p50 count }
    total: stats { p50 interval { low high } count }
  }
}`,
      },
    ],
  },
  {
    about: "What moves pay",
    examples: [
      {
        question: "Do hubs pay more, after the cost of living?",
        query: `query Hubs {
  cohort(where: { country: ["us"] }, adjust: COST_OF_LIVING) {
    premiums(factor: METRO, baseline: "chicago") {
      rows {
        value { label }
        percent
        interval { low high }
        records
      }
    }
  }
}`,
      },
      {
        question: "Does remote work pay less?",
        query: `query RemoteWork {
  cohort {
    premiums(factor: WORK_MODE, baseline: "on-site", measure: BASE_SALARY) {
      method
      rows {
        value { code }
        percent
        interval { low high }
        records
      }
    }
  }
}`,
      },
      {
        question: "Which programming languages help?",
        query: `query Languages {
  cohort {
    premiums(factor: SKILL, under: "programming-languages", measure: BASE_SALARY) {
      rows {
        value { label }
        percent
        interval { low high }
        records
      }
    }
  }
}`,
      },
      {
        question: "Does pay keep rising?",
        query: `query Rising {
  cohort {
    trend(interval: YEAR, measure: BASE_SALARY) {
      period
      change
      adjustedChange
      adjusted
      adjustedInterval { low high }
      stats { count }
    }
  }
}`,
      },
    ],
  },
  {
    about: "Offers",
    examples: [
      {
        question: "Is this offer good?",
        query: `query IsItGood {
  benchmarkOffer(
    offer: {
      profile: { role: "machine-learning-engineer", level: SENIOR, country: "us", metro: "san-francisco" }
      baseSalary: 190000
      targetBonus: 20000
      equityGrant: 160000
    }
  ) {
    annualized
    fourYearValue
    rank { rank interval { low high } count }
    compaRatio
    cohort { label size }
    negotiation { target reasons }
  }
}`,
      },
      {
        question: "Which of two offers?",
        query: `query WhichOffer {
  compareOffers(
    offers: [
      {
        label: "San Francisco"
        profile: { role: "machine-learning-engineer", level: SENIOR, country: "us", metro: "san-francisco" }
        baseSalary: 190000
        targetBonus: 20000
      }
      {
        label: "Berlin"
        profile: { role: "machine-learning-engineer", level: SENIOR, country: "de", metro: "berlin" }
        currency: "EUR"
        baseSalary: 95000
        targetBonus: 10000
      }
    ]
  ) {
    best
    offers {
      benchmark { label annualized rank { rank count } }
      priceLevel { year level }
      realValue
      difference
      equivalentAnnualized
    }
  }
}`,
      },
    ],
  },
  {
    about: "The data itself",
    examples: [
      {
        question: "Which codes can I filter by?",
        query: `query Codes {
  factorValues(factor: ROLE, search: "vision") {
    nodes { code label records }
  }
}`,
      },
      {
        question: "What is in a single record?",
        query: `query Records {
  salaryRecords(first: 3) {
    totalCount
    nodes {
      id
      role { label }
      level
      country { label }
      effective
      pay { baseSalary totalCompensation reported { currency baseSalary } }
      source { label kind licence }
    }
  }
}`,
      },
      {
        question: "Where does the data come from?",
        query: `query Sources {
  edition {
    number
    publishedAt
    records
    sources { label kind licence url records }
  }
}`,
      },
      {
        question: "Subscribe to new editions",
        query: `subscription NewEdition {
  editionPublished { number publishedAt records }
}`,
      },
    ],
  },
];
