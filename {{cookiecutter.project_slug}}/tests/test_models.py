from pkgutil import walk_packages

import app.models
from app.models import Base
from app.models.base import NAMING_CONVENTION

modules = {
    module.name
    for module in walk_packages(app.models.__path__, prefix="app.models.")
    if module.name != "app.models.base"
}


def test_every_module_of_the_package_is_in_the_metadata() -> None:
    registered = {mapper.class_.__module__ for mapper in Base.registry.mappers}

    assert registered == modules


def test_every_constraint_and_index_has_a_name() -> None:
    assert Base.metadata.naming_convention == NAMING_CONVENTION
    for table in Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints)
        assert all(index.name for index in table.indexes)
