"""Intake: what happens to contributed pay, module by module.

Arrival
    validation          what a contributor entered is parsed and checked; all problems are reported at once
    access              hourly limits per network, moderators' tokens, and the keys of the installation's secret
    proof_of_work       the challenge that makes submissions costly for spammers
    screening           findings about a submission; one with findings is held
    arrival, counting   whether it counts in its classes, once for each network
    contribution_rules  who may contribute, and how pay is released, as the installation sets it
    invitations         single-use codes that count in place of the network
    submission          stored once per idempotency key; amended and withdrawn by its receipt
    receipt             how receipts and ids are derived
Moderation
    review              decisions on held and flagged submissions
    employer_review     decisions on employer names
    employers           free-text names become known employers
Publication
    release_calendar    when releases are due, and when batches retire
    release             which contributions are published together, and which records leave
    batches             their records, as rows of the tables
    publication         a release, as an edition
    protected_tables    yearly tables with differential privacy, and their cells
    yearly_tables       their publication, once a year
    breakdown           what readers see of them
    audit               the rules, checked on the published tables alone
"""
