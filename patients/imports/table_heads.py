"""The heads that tables usually have, and what their columns hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patients.imports.table_map import Column, TableMap, folded

# heads by what the column holds, folded; the first that a table has is taken
HEADS: Mapping[str, tuple[str, ...]] = {
    "mrn": ("患者番号", "患者id", "id番号", "患者id番号", "id", "カルテ番号", "診察券番号", "mrn", "patient id",
        "patient number", "record number", "patient_id", "patientid", "hospital number", "medical record number"),
    "name": ("患者氏名", "漢字氏名", "患者名", "氏名", "patient name", "name"),
    "family": ("姓", "family name", "surname", "last name", "family_name", "last_name"),
    "given": ("名", "given name", "first name", "given_name", "first_name"),
    "kana": ("カナ氏名", "氏名カナ", "患者カナ氏名", "カナ", "フリガナ", "kana"),
    "sex": ("性別", "sex", "gender"),
    "born": ("生年月日", "birth date", "date of birth", "dob", "birthdate", "birth_date"),
    "day": ("採取日", "採血日", "検体採取日", "採取日時", "採血日時", "検査日時", "検査日", "測定日", "日付",
        "collected", "collected at", "sampled", "sample date", "collection date", "collection time stamp", "date",
        "sample_date", "collection_date", "visit date", "visit_date"),
    "clock": ("採取時刻", "採血時刻", "採取時間", "採血時間", "時刻", "sample time", "collection time", "time",
        "sample_time", "collection_time"),
    "code": ("項目コード", "検査コード", "検査項目コード", "test code", "code", "test_code"),
    "test": ("項目名", "検査項目名", "検査名", "検査項目", "項目", "test", "test name", "analyte", "item", "test_name"),
    "value": ("結果値", "結果", "検査結果", "検査値", "値", "result", "value"),
    "unit": ("単位", "unit", "units"),
    "flag": ("h/l", "hl", "異常", "判定", "flag"),
    "low": ("下限", "基準値下限", "low", "lower"),
    "high": ("上限", "基準値上限", "high", "upper"),
    "comment": ("コメント", "備考", "comment", "comments", "note"),
    "order": ("伝票番号", "依頼番号", "検体番号", "受付番号", "order", "order number", "specimen", "accession",
        "order_number", "specimen_id", "accession_number"),
    "material": ("材料", "検体材料", "材料コード", "material"),
    "fio2": ("fio2", "吸入酸素濃度", "酸素濃度"),
    "flow": ("酸素流量", "o2 flow", "flow", "o2_flow"),
    "device": ("酸素投与方法", "投与方法", "device", "o2 device"),
    "route": ("投与経路", "route"),
    "timing": ("採血タイミング", "採取タイミング", "timing"),
}  # fmt: skip
NEEDED = ("mrn", "day", "value")
NAMED = {"code", "test"}
JAPANESE = (
    "結果値",
    "項目コード",
    "採取日",
    "患者番号",
)  # heads of an export that writes 1,679 for 1679


def columns_of(heads: Sequence[str]) -> TableMap | None:
    """The map of a table with a line a result whose heads are usual; None where what is needed is not among them."""
    found = roles_of(heads)
    if not all(x in found for x in NEEDED) or not NAMED & set(found):
        return None
    return TableMap(
        columns=tuple(Column(head=head, role=role) for role, head in found.items()), thousands=is_japanese(heads)
    )


def roles_of(heads: Sequence[str]) -> dict[str, str]:
    """By role the head that usually names it, of those that a table has."""
    known = {folded(x): x for x in reversed(heads)}
    return {
        role: known[head] for role, usual in HEADS.items() if (head := next((x for x in usual if x in known), None))
    }


def is_japanese(heads: Sequence[str]) -> bool:
    """Are they those of an export that writes 1,679 for 1679?"""
    return any(folded(x) in JAPANESE for x in heads)
