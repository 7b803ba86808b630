"""Compiled execution: an operation is compiled once, and then executed without walking its document.

Compiled code handles successful executions only. Anything else, such as an invalid variable or a resolver that raises, is
executed again by graphql-core, with the recorded outcomes of asynchronous resolvers: every error message is
graphql-core's own. `PAYRANK_COMPILED_EXECUTION=false` turns it off.
"""
