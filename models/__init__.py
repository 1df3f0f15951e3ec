"""One package a model, and the contract they fulfil."""
