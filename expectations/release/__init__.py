"""One module per domain of marts: what must hold of each mart before it is released."""
