"""Intake: what happens to contributed pay, module by module.

validation      what a contributor entered is parsed and checked; all problems are reported at once
access          hourly limits per network, moderators' tokens, and the keys of the installation's secret
proof_of_work   the challenge that makes submissions costly for spammers
screening       findings about a submission by itself and beside its peers; it is then held
submission      stored once per idempotency key; amended and withdrawn by its receipt
receipt         how receipts and ids are derived
duplicates      findings about recent submissions compared with each other: duplicates and bursts
review          moderators decide on held and flagged submissions
employers       free-text names become known employers
anonymisation   records are generalised until at least k share the same quasi-identifiers
publication     accepted submissions become the records of the next edition
audit           the privacy guarantees, checked on the published tables alone
"""
