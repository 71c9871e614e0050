"""The cookbook, followed with rows in the tables and a service that goes on using them."""
