"""Operations for revisions to call."""
