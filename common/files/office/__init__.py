"""Office files, which are archives of XML, as texts and back; knows no model and no HTTP."""
