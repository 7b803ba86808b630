"""Execution of operations that are asked for again and again: compiled once, answered without walking the document.

What is compiled only knows how to succeed. Whatever does not fit, a wrong variable or a resolver that raises, is answered
by graphql-core, which goes through the operation anew with what asynchronous resolvers came to: errors are always its own.
"""
