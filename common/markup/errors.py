"""What can be wrong with a document; nothing of what is done about it."""


class MalformedError(ValueError):
    """It is not what its format asks for; quotes nothing of it."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line
