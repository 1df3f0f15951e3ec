"""Files of every kind as texts to translate and back; knows no model and no HTTP."""
