"""The one kind of failure that the model tools report.

A Problem carries the line shown to the user and the exit status of the
program.  Whoever detects the failure writes the whole line (what is wrong and
how to mend it); callers only let it pass.  Anything else that escapes is a bug.
"""

USAGE = 2
ENVIRONMENT = 4


class Problem(Exception):
    """A failure with a one-line message for the user."""

    def __init__(self, message, status=ENVIRONMENT):
        super().__init__(" ".join(str(message).split()))
        self.status = status


class ConversionError(ValueError):
    """Published weights have something that the conversion does not know."""
