"""What a model on llama.cpp is measured with and beside."""
