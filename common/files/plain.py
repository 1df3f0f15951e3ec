"""Plain text: the whole file is one text, in the encoding and with the line ends that it has."""
