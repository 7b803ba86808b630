"""The MCP tools beside SQL: a hundred questions in words, the tool call that answers each, and its figures by PostgreSQL."""
