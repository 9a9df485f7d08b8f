"""The explorer in Streamlit: one choice, a sentence, a picture with intervals, the same numbers as a table."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st
from release_tables import TITLES, shown

choice = st.selectbox("Uitkomst", list(TITLES), format_func=TITLES.get)
st.header(TITLES[choice])
rows = pd.DataFrame(shown(choice))
numbers = rows.copy()
for column in ("schatting", "van", "tot"):
    numbers[column] = pd.to_numeric(numbers[column], errors="coerce")
numbers["rij"] = numbers["groep"] + " " + numbers["antwoord"]
base = alt.Chart(numbers).encode(y="rij")
st.altair_chart(base.mark_bar().encode(x="schatting") + base.mark_rule().encode(x="van", x2="tot"))
st.table(rows)
