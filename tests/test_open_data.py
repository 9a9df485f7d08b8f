"""Open data: the tables add up to what CBS and DUO publish, and say where they come from."""

from __future__ import annotations

import runpy
from pathlib import Path

import pandas as pd
import pytest

from stagekansen_lib.errors import InputError
from stagekansen_lib.population.open_data import describe_open_data, open_data_names, read_open_data
from stagekansen_lib.population.regions import municipality_names
from stagekansen_lib.project.paths import data_folder, project_folder

# CBS StatLine, inhabitants of the Netherlands and of The Hague on 1 January.
NETHERLANDS = {
    2017: 17_081_507,
    2018: 17_181_084,
    2019: 17_282_163,
    2022: 17_590_672,
    2023: 17_811_291,
    2024: 17_942_942,
}
THE_HAGUE = {2017: 524_882, 2018: 532_561, 2019: 537_833, 2022: 553_417, 2023: 562_839, 2024: 566_221}


def inhabitants(region: str) -> dict[int, float]:
    table = read_open_data("cbs_municipalities").query("variable == 'inhabitants'")
    table = table[table["region_code"] == region]
    return dict(zip(table["year"], table["value"], strict=True))


def test_inhabitants_of_the_country_are_those_that_cbs_publishes() -> None:
    found = inhabitants("NL00")
    assert {year: found[year] for year in NETHERLANDS} == NETHERLANDS
    # In 2012 each municipality was rounded to fives, so the sum is near the published 16,730,348 and not equal:
    # 415 municipalities, each off by 2 at most, cannot differ more than 830.
    assert found[2012] == pytest.approx(16_730_348, abs=830)


def test_inhabitants_of_the_hague_are_those_that_cbs_publishes() -> None:
    found = inhabitants("GM0518")
    assert {year: found[year] for year in THE_HAGUE} == THE_HAGUE


def test_men_and_women_add_up_to_inhabitants() -> None:
    table = read_open_data("cbs_municipalities")
    wide = table.pivot_table(index=["year", "region_code"], columns="variable", values="value", observed=True)
    off = (wide["men"] + wide["women"] - wide["inhabitants"]).drop(2012, level="year")
    # Numbers of 2022 and later are rounded to fives or to one: a sum of two may be off by five.
    assert off.abs().max() <= 5


def test_every_year_holds_the_nine_municipalities_and_the_country() -> None:
    for name in ("cbs_municipalities", "cbs_municipalities_2017"):
        table = read_open_data(name)
        for _, year in table.groupby("year"):
            assert set(year["region_code"]) == {*municipality_names(), "NL00"}


def test_percentages_of_age_add_up_to_a_hundred() -> None:
    table = read_open_data("cbs_municipalities")
    ages = table[table["variable"].str.startswith("age_")]
    sums = ages.groupby(["year", "region_code"], observed=True)["value"].sum()
    # Five whole percentages: each may be half a percent off.
    assert sums.between(97.5, 102.5).all()
    assert len(sums) == 9 * table["year"].nunique()


def test_first_years_of_hbo_add_up_to_what_duo_publishes() -> None:
    country = read_open_data("duo_hbo_first_years_nl").query("year == 2019")["value"].sum()
    by_institution = read_open_data("duo_hbo_first_years_nl_institutions").query("year == 2019")["value"].sum()
    assert country == by_institution == 113_422
    region = read_open_data("duo_hbo_first_years").query("year == 2019 and institution_code == '27UM'")
    by_place = region.groupby("region", observed=True)["value"].sum().to_dict()
    assert by_place == {"'s-Gravenhage": 4_884, "Delft": 580, "Zoetermeer": 73}


def test_mbo_students_add_up_to_what_duo_publishes() -> None:
    assert read_open_data("duo_mbo_students_nl").query("year == 2019")["value"].sum() == 501_903
    by_institution = read_open_data("duo_mbo_students_nl_institutions").query("year == 2019")
    assert by_institution["value"].sum() == 501_903
    mondriaan = read_open_data("duo_mbo_students").query("year == 2019 and institution_code == '27GZ'")
    assert mondriaan["value"].sum() == 19_098
    assert by_institution.query("institution_code == '27GZ'")["value"].item() == 19_098


@pytest.mark.parametrize("name", open_data_names())
def test_a_table_has_typed_columns_and_one_row_an_observation(name: str) -> None:
    table = read_open_data(name)
    assert table["year"].dtype == "int64"
    assert table["value"].dtype == "float64"
    assert table["value"].notna().all()
    others = [column for column in table if column not in ("value", "hidden_cells")]
    assert all(isinstance(table[column].dtype, pd.CategoricalDtype) for column in others if column != "year")
    assert not table.duplicated(others).any()
    assert not (table[others] == "").any(axis=None)


def test_regional_rows_of_hbo_are_part_of_the_country() -> None:
    key = ["year", "sector", "sex", "programme"]
    region = read_open_data("duo_hbo_first_years").groupby(key, observed=True)["value"].sum()
    country = read_open_data("duo_hbo_first_years_nl").groupby(key, observed=True)["value"].sum()
    assert (region <= country.reindex(region.index)).all()


def test_the_description_names_every_table_with_source_licence_and_checksum() -> None:
    described = describe_open_data().set_index("table")
    assert tuple(described.index) == open_data_names()
    for column in ("title_nl", "title_en", "source", "licence", "date"):
        assert described[column].str.len().gt(0).all()
    assert described["checksum"].str.fullmatch("[0-9a-f]{64}").all()
    assert described.loc["duo_hbo_first_years", "rows"] == len(read_open_data("duo_hbo_first_years"))


def test_an_unknown_table_offers_a_near_name() -> None:
    with pytest.raises(InputError, match="Did you mean 'cbs_municipalities'"):
        read_open_data("cbs_municipality")


def small_sources(folder: Path) -> None:
    """One row a file, in the form of the sources."""
    texts = {
        "cbs_kerncijfers_gemeenten": (
            "jaar,gemeentecode,naam,inwoners,mannen,vrouwen,pct_0_15,pct_15_25,pct_25_45,pct_45_65,pct_65plus,"
            "huishoudens,inwoners_per_km2_land,stedelijkheid,pct_herkomst_nl,pct_herkomst_europa,"
            "pct_herkomst_buiten_europa,opl_laag_15_75,opl_midden_15_75,opl_hoog_15_75,pct_jeugdzorg,"
            "gem_inkomen_per_inwoner_x1000,gem_woz_x1000,opp_land_ha,opp_water_ha\n"
            "2019,GM0503,Delft,10,4,6,,,,,,,,,,,,,,,,,,,\n"
            "2019,NL00,Nederland (som van gemeenten),20,9,11,17.5,,,,,,,,,,,,,,,,,,\n"
        ),
        "cbs_wijkbuurtkaart2017_gemeenten": (
            "jaar,gemeentecode,naam,aant_inw,p_00_14_jr,p_15_24_jr,p_west_al,p_n_w_al,p_marokko,p_ant_aru,p_surinam,"
            "p_turkije,p_over_nw,oad,sted,opp_tot,opp_land,opp_water\n"
            "2017,GM0503,Delft,10,,,,,,,,,,,,,,\n"
        ),
        "duo_mbo_deelnemers_per_instelling_nederland": (
            "brin_nummer,instellingsnaam,plaatsnaam_hoofdzetel,totaal2019\n27GZ,ROC Mondriaan,'S-GRAVENHAGE,7\n,,,0\n"
        ),
    }
    for level in ("hbo", "wo"):
        for subject in ("eerstejaars", "gediplomeerden"):
            for place in ("haaglanden", "nederland"):
                texts[f"duo_{level}_{subject}_{place}"] = f"geslacht,soort_diploma,2019\nvrouw,{level} master,3\n"
    texts["duo_hbo_eerstejaars_per_instelling_nederland"] = "brin_nummer,instellingsnaam,2019\n27UM,Haagse,3\n"
    for place in ("regio", "nederland"):
        texts[f"duo_mbo_deelnemers_{place}"] = "type_mbo,kwalificatieniveau,man2019,vrouw2019,totaal2019\nBBL,1,2,3,5\n"
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")


def make(raw: Path, into: Path) -> None:
    runpy.run_path(str(project_folder() / "scripts/make_open_data.py"))["main"](raw, into)


def test_the_script_turns_years_and_sexes_into_rows_and_leaves_empty_cells_out(tmp_path: Path) -> None:
    small_sources(tmp_path)
    make(tmp_path, tmp_path / "made")
    mbo = (tmp_path / "made/duo_mbo_students.csv").read_text("utf-8").splitlines()
    assert mbo == [
        "year,level,programme,route,sex,variable,value,unit",
        "2019,mbo,1,BBL,man,students,2,persons",
        "2019,mbo,1,BBL,woman,students,3,persons",
    ]
    cbs = (tmp_path / "made/cbs_municipalities.csv").read_text("utf-8").splitlines()
    assert cbs == [
        "year,region_code,region,variable,value,unit",
        "2019,GM0503,Delft,inhabitants,10,persons",
        "2019,GM0503,Delft,men,4,persons",
        "2019,GM0503,Delft,women,6,persons",
        "2019,NL00,Nederland,inhabitants,20,persons",
        "2019,NL00,Nederland,men,9,persons",
        "2019,NL00,Nederland,women,11,persons",
    ]
    country = (tmp_path / "made/cbs_country_percentages.csv").read_text("utf-8").splitlines()
    assert len(country) == 2
    assert country[1].startswith('2019,NL00,Nederland,age_0_14,17.5,"percent, mean of the rounded')
    assert len((tmp_path / "made/duo_mbo_students_nl_institutions.csv").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("duo_mbo_deelnemers_regio", "2,3,5", "2,3,6", "do not add up"),
        ("duo_mbo_deelnemers_per_instelling_nederland", ",,,0", ",,,4", "says nothing of whom it counts"),
    ],
)
def test_the_script_stops_when_the_source_does_not_add_up(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    small_sources(tmp_path)
    path = tmp_path / f"{file}.csv"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(SystemExit, match=says):
        make(tmp_path, tmp_path / "made")


def test_the_script_makes_the_files_from_its_sources_byte_for_byte(tmp_path: Path) -> None:
    raw = project_folder().parent / "shared" / "open-data"
    if not raw.is_dir():
        # The sources are not part of the project: the script is tested on small ones above.
        with pytest.raises(FileNotFoundError):
            make(raw, tmp_path)
        return
    make(raw, tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert made == {path.name: path.read_bytes() for path in data_folder("open-data").glob("*.csv")}
