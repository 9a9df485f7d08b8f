"""The population that surveys speak of: margins to weight to, regions, and open data."""
