"""A language server for profiles: what the engine says of a text, in the words of the Language Server Protocol."""
