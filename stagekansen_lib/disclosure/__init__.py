"""The wall: rules, ``protect``, and the tables and comparisons that may be shown to everyone.

Everything right of the wall imports from here: ``PublishedTable``, ``PublishedComparison``,
``require_published``.
"""
