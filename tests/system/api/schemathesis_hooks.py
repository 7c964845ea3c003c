"""What schemathesis does not know by itself: bodies of lines."""
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace")
