"""The GraphQL API: types, limits, transport and execution."""
