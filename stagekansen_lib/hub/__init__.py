"""A hub for a region: many teams on one server, none of which sees the answers of another."""
