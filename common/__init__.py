"""What every model and Bento shares; knows neither models nor BentoML."""
