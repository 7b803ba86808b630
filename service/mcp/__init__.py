"""Tools of the Model Context Protocol, by which language models look up pay. Each tool is one GraphQL operation."""
