"""Proposing a mapping for a file from its header and cells, for people to check and edit."""

from seed.importer.suggestion.proposal import Suggestion, suggest_mapping

__all__ = ["Suggestion", "suggest_mapping"]
