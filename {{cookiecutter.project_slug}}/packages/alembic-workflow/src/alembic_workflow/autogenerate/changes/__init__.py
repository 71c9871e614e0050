"""Operations for what autogenerate does not see, or what PostgreSQL refuses as it is."""
