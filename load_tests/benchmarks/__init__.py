"""Side-by-side measurements of the served model and the engines it is compared with."""
