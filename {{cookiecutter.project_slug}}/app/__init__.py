"""The service."""

__title__ = {{ cookiecutter.__project_name_literal }}  # fmt: skip
__description__ = {{ cookiecutter.__project_description_literal }}  # fmt: skip
__version__ = "0.1.0"
__license__ = "{% if cookiecutter.license == 'Proprietary' %}LicenseRef-{% endif %}{{ cookiecutter.license }}"
__author__ = {{ cookiecutter.__author_name_literal }}  # fmt: skip
__email__ = {{ cookiecutter.__author_email_literal }}  # fmt: skip

SERVICE_NAME = "{{ cookiecutter.project_slug }}"
# Alembic's table: one of the service's own, so that several can share a database.
VERSION_TABLE = f"alembic_version_{SERVICE_NAME.replace('-', '_')}"
