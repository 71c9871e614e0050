"""The bases of the schemas."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# Identity columns are bigint. A larger number in a query is an error of the database.
MAX_ID = 2**63 - 1

# PostgreSQL cannot store the NUL character. JSON can also hold half of a surrogate pair, which is
# no Unicode; pydantic refuses it only where it has a pattern to match.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


class RequestBody(BaseModel):
    """Base of what clients send: a field that nobody reads is refused, so a typo is noticed."""

    model_config = ConfigDict(extra="forbid")
