"""Wards, staff and patients of the demonstration. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DemoWard:
    """A ward: code, English and Japanese name, consultants."""

    code: str
    name: str
    name_ja: str
    consultants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """Somebody who can sign in; `wards` are the codes of the wards where they work."""

    username: str
    role: str
    family_name: str
    given_name: str
    wards: tuple[str, ...]
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient: record number, ward, bed, names with kana, sex, birth date."""

    mrn: str
    ward: str
    bed: str
    family_name: str
    given_name: str
    family_kana: str
    given_kana: str
    sex: str
    birth_date: date


EAST, WEST = "east-7", "west-5"
WARDS = (
    DemoWard(EAST, "East 7", "東7病棟", ("林 智之", "大西 由香", "三浦 健")),
    DemoWard(WEST, "West 5", "西5病棟", ("岡田 真理", "久保 誠")),
)
PUBLISHED = DemoWard("published", "Published cases", "文献症例", ())

USERS = (
    DemoUser(
        username="physician", role="physician", family_name="大西", given_name="由香", wards=(EAST, PUBLISHED.code)
    ),
    DemoUser(username="physician-west", role="physician", family_name="岡田", given_name="真理", wards=(WEST,)),
    DemoUser(username="senior", role="senior", family_name="林", given_name="智之", wards=(EAST, WEST, PUBLISHED.code)),
    DemoUser(username="senior-west", role="senior", family_name="久保", given_name="誠", wards=(WEST,)),
    DemoUser(username="pharmacist", role="pharmacist", family_name="村上", given_name="徹", wards=(EAST, WEST)),
    DemoUser(username="nurse", role="nurse", family_name="藤田", given_name="彩", wards=(EAST,)),
    DemoUser(username="nurse-west", role="nurse", family_name="前田", given_name="優", wards=(WEST,)),
    DemoUser(username="reviewer", role="reviewer", family_name="西川", given_name="望", wards=(EAST, WEST)),
    DemoUser(username="administrator", role="administrator", family_name="石川", given_name="恵", wards=(), staff=True),
)

# bed | family, given | kana | sex | born
_EAST = """
701|中村 和子|ナカムラ カズコ|F|1961-05-14
702-1|小林 誠一|コバヤシ セイイチ|M|1968-11-02
702-2|渡辺 茂|ワタナベ シゲル|M|1957-02-27
703-1|伊藤 美奈|イトウ ミナ|F|1979-08-09
703-2|山田 千代|ヤマダ チヨ|F|1949-12-20
704-1|加藤 由紀|カトウ ユキ|F|1972-03-31
704-2|吉田 直美|ヨシダ ナオミ|F|1966-07-18
705-1|佐々木 弘|ササキ ヒロシ|M|1959-10-06
705-2|松本 隆|マツモト タカシ|M|1963-01-23
706-1|井上 文江|イノウエ フミエ|F|1954-06-12
706-2|木村 早苗|キムラ サナエ|F|1970-09-25
707|清水 光男|シミズ ミツオ|M|1951-04-04
708-1|斎藤 明美|サイトウ アケミ|F|1965-02-15
708-2|山口 京子|ヤマグチ キョウコ|F|1958-08-30
710-1|阿部 正人|アベ マサト|M|1960-12-11
710-2|橋本 豊|ハシモト ユタカ|M|1974-05-21
711-1|石井 典子|イシイ ノリコ|F|1953-11-17
711-2|佐藤 恵子|サトウ ケイコ|F|1964-03-08
712-1|佐藤 恵美|サトウ エミ|F|1967-10-29
712-2|池田 幸代|イケダ サチヨ|F|1975-01-07
713-1|福田 昭|フクダ アキラ|M|1962-06-26
713-2|岡本 進|オカモト ススム|M|1955-09-13
714-1|長谷川 泉|ハセガワ イズミ|F|1969-04-19
714-2|近藤 治|コンドウ オサム|M|1948-07-02
716-1|藤井 清|フジイ キヨシ|M|1959-02-11
716-2|村田 久子|ムラタ ヒサコ|F|1963-10-03
"""
_WEST = """
501-1|坂本 春江|サカモト ハルエ|F|1952-02-03
501-2|遠藤 照子|エンドウ テルコ|F|1956-10-22
502-1|青木 俊夫|アオキ トシオ|M|1950-05-30
502-2|西村 勝|ニシムラ マサル|M|1961-08-14
503-1|太田 加代子|オオタ カヨコ|F|1959-03-26
503-2|原 静江|ハラ シズエ|F|1947-12-05
505-1|竹内 栄治|タケウチ エイジ|M|1953-07-19
505-2|金子 久美|カネコ クミ|F|1971-11-11
506-1|中島 絵里|ナカジマ エリ|F|1976-06-01
506-2|和田 節子|ワダ セツコ|F|1958-01-28
507-1|石田 浩二|イシダ コウジ|M|1966-09-09
507-2|上田 善治|ウエダ ゼンジ|M|1954-04-17
508-1|森田 澄子|モリタ スミコ|F|1963-12-24
508-2|柴田 道子|シバタ ミチコ|F|1960-05-05
509-1|酒井 忠|サカイ タダシ|M|1949-08-21
509-2|工藤 正美|クドウ マサミ|F|1968-02-09
510-1|横山 敏江|ヨコヤマ トシエ|F|1957-06-28
510-2|宮崎 稔|ミヤザキ ミノル|M|1951-10-15
511-1|山本 良子|ヤマモト ヨシコ|F|1962-01-12
511-2|山本 良美|ヤマモト ヨシミ|F|1964-07-07
512-1|内田 順一|ウチダ ジュンイチ|M|1973-03-03
512-2|高木 薫|タカギ カオル|F|1967-09-30
513-1|安藤 邦夫|アンドウ クニオ|M|1955-11-26
513-2|谷口 芳枝|タニグチ ヨシエ|F|1946-04-08
515|小川 正子|オガワ マサコ|F|1960-09-18
"""
SEXES = {"F": "female", "M": "male"}


def _people(ward: str, first: int, table: str) -> tuple[Person, ...]:
    return tuple(_person(str(first + n), ward, line) for n, line in enumerate(table.split("\n")[1:-1]))


def _person(mrn: str, ward: str, line: str) -> Person:
    bed, name, kana, sex, born = line.split("|")
    family_name, given_name = name.split()
    family_kana, given_kana = kana.split()
    return Person(
        mrn=mrn,
        ward=ward,
        bed=bed,
        family_name=family_name,
        given_name=given_name,
        family_kana=family_kana,
        given_kana=given_kana,
        sex=SEXES[sex],
        birth_date=date.fromisoformat(born),
    )


# beds in which nobody lies
FREE_BEDS = {EAST: ("709-1", "709-2", "715"), WEST: ("504", "514-1", "514-2")}

# discharged from this bed, and referred with a record that came as a document: never on a ward
_AWAY = """
709-1|西川 和代|ニシカワ カズヨ|F|1959-07-03
|野村 拓也|ノムラ タクヤ|M|1971-12-12
"""
GONE, REFERRED = _people(EAST, 90070201, _AWAY)

PEOPLE = (*_people(EAST, 90070101, _EAST), *_people(WEST, 90050101, _WEST))

# laboratories that may send: by name, title, and how they name themselves in messages
LABORATORIES = (("laboratory", "Laboratory", "LAB|EAST"), ("storage", "Standardised storage", "LIS01|LAB"))
