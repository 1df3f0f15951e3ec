"""The embedded default: weights, their card, and the scripts they were made with."""
