"""Releases: a frozen folder of published tables, with who made and checked it, from what, and under which rules.

A release is the only thing that pages and pictures read. ``data/published/<name>/`` holds

    release.json          name, date, two names, wave, rules, fingerprints, titles, comparisons, what was kept
    release.json.sha256   seal of release.json, as ``sha256sum`` writes it
    codebook.json         labels of the variables and answers in the tables
    index.json            the yearly index of its series up to this wave, when it has one
    attack.json           the attacks that were tried on it before it was published, with their verdicts
    tables/<id>.csv       one file a table, in the order that release.json gives
    registers/            the registers as they were on that day
    rules/                the rules and the declared tables as they were
"""
