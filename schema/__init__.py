"""The GraphQL contract: thin resolvers, one module a noun."""
