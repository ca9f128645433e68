"""What drugs of the catalogue are called: generic names, Japanese names, brands, abbreviations. Pure data.

Source: WHO ATC-DDD 2026-04-25 (INN), the price list of the Japanese ministry of health of 2026 (names and brands), the
database migration of CPIC and the RxNorm cache of HL7 PDDI-CDS; abbreviations, the names of the drugs from ensitrelvir
on, and those of blood products and antituberculous drugs, from general use. Names that mean several drugs ("MP", "DDS",
"ATV", "PE") are left out, and so are preparations for local use (eye drops, ointments, enemas): they are not the drug
of the catalogue.
Specification 12 (51), 13 (85), (105), (122).
"""

from __future__ import annotations

# fmt: off
NAMES: dict[str, tuple[str, ...]] = {
    "gc": (
        "prednisolone", "プレドニン", "PSL", "PDN", "prednisone", "プレドニゾロン", "プレドニゾン",
        "水溶性プレドニン", "Predonine", "Deltasone",
    ),
    "gc_pulse": ("ステロイドパルス",),
    "csa": (
        "ciclosporin", "cyclosporine", "cyclosporin", "ciclosporine", "cyclosporin A", "シクロスポリン",
        "ネオーラル", "サンディミュン", "CsA", "CyA", "シクロスポリンA", "Neoral", "Sandimmune", "Sandimmun",
    ),
    "tac": (
        "tacrolimus", "tacrolimus hydrate", "FK506", "FK-506", "タクロリムス", "タクロリムス水和物", "プログラフ",
        "グラセプター", "TAC", "Prograf", "Advagraf", "Graceptor",
    ),
    "ivcy": (
        "cyclophosphamide", "cyclophosphamide hydrate", "シクロホスファミド", "シクロホスファミド水和物",
        "エンドキサンパルス", "注射用エンドキサン", "IVCY", "CPA", "CYC", "エンドキサン", "Endoxan", "Cytoxan",
    ),
    "cy_oral": ("エンドキサン錠", "経口用エンドキサン原末", "POCY"),
    "aza": ("azathioprine", "アザチオプリン", "イムラン", "アザニン", "AZA", "AZP", "Imuran", "Azasan"),
    "mmf": (
        "mycophenolic acid", "mycophenolate mofetil", "mycophenolate", "ミコフェノール酸 モフェチル",
        "ミコフェノール酸モフェチル", "セルセプト", "MMF", "CellCept",
    ),
    "ivig": (
        "immunoglobulins, normal human, for intravascular adm.", "intravenous immunoglobulin",
        "immune globulin intravenous", "human normal immunoglobulin", "人免疫グロブリン",
        "乾燥スルホ化人免疫グロブリン", "ポリエチレングリコール処理人免疫グロブリン", "免疫グロブリン大量静注療法",
        "ガンマグロブリン", "献血ベニロン-I", "献血グロベニン-I", "献血ヴェノグロブリンIH", "ピリヴィジェン",
        "ガンマガード", "IVIG",
    ),
    "rtx": (
        "rituximab", "リツキシマブ", "リツキシマブ(遺伝子組換え)", "リツキサン", "リツキシマブBS", "RTX", "Rituxan",
        "MabThera",
    ),
    "pmx_dhp": (
        "トレミキシン", "エンドトキシン吸着療法", "PMX-DHP", "PMX", "直接血液灌流", "ポリミキシンB固定化カラム",
    ),
    "albumin": (
        "albumin", "human albumin", "human serum albumin", "アルブミン", "アルブミン製剤", "人血清アルブミン",
        "献血アルブミン", "アルブミナー", "加熱人血漿たん白", "Albuminar",
    ),
    "plasma": ("fresh frozen plasma", "新鮮凍結血漿", "新鮮凍結人血漿", "FFP"),
    "isoniazid": ("isoniazid", "イソニアジド", "イスコチン", "INH", "Iscotin"),
    "pyrazinamide": ("pyrazinamide", "ピラジナミド", "ピラマイド", "PZA"),
    "ethambutol": (
        "ethambutol", "ethambutol hydrochloride", "エタンブトール", "エタンブトール塩酸塩", "エブトール",
        "エサンブトール",
    ),
    "plasma_exchange": ("血漿交換", "単純血漿交換", "血漿交換療法", "PEX", "plasmapheresis"),
    "tofacitinib": (
        "tofacitinib", "tofacitinib citrate", "トファシチニブ", "トファシチニブクエン酸塩", "ゼルヤンツ", "TOF",
        "TOFA", "Xeljanz",
    ),
    "nintedanib": (
        "nintedanib", "nintedanib esilate", "nintedanib ethanesulfonate", "ニンテダニブ",
        "ニンテダニブエタンスルホン酸塩", "オフェブ", "NTD", "Ofev",
    ),
    "tmp_smx": (
        "sulfamethoxazole and trimethoprim", "trimethoprim-sulfamethoxazole", "co-trimoxazole", "cotrimoxazole",
        "sulfamethoxazole / trimethoprim", "スルファメトキサゾール・トリメトプリム", "ST合剤", "バクタ",
        "バクタミニ", "バクトラミン", "ダイフェン", "ST", "TMP-SMX", "SMX-TMP", "TMP/SMX", "Bactrim", "Septrin",
        "Septra",
    ),
    "atovaquone": ("atovaquone", "アトバコン", "サムチレール", "Mepron", "Wellvone"),
    "pentamidine": (
        "pentamidine isethionate", "pentamidine isetionate", "pentamidine", "ペンタミジン",
        "ペンタミジンイセチオン酸塩", "ベナンバックス",
    ),
    "dapsone": (
        "dapsone", "diaphenylsulfone", "4,4-diaminodiphenyl sulfone", "ジアフェニルスルホン", "ダプソン",
        "レクチゾール",
    ),
    "fluconazole": (
        "fluconazole", "fosfluconazole", "フルコナゾール", "ホスフルコナゾール", "ジフルカン", "プロジフ", "FLCZ",
        "F-FLCZ", "Diflucan",
    ),
    "itraconazole": ("itraconazole", "イトラコナゾール", "イトリゾール", "ITCZ", "Sporanox"),
    "voriconazole": ("voriconazole", "ボリコナゾール", "ブイフェンド", "VRCZ", "Vfend"),
    "posaconazole": ("posaconazole", "ポサコナゾール", "ノクサフィル", "PSCZ", "Noxafil"),
    "isavuconazole": (
        "isavuconazole", "isavuconazonium sulfate", "イサブコナゾール", "イサブコナゾニウム硫酸塩", "クレセンバ",
        "ISCZ", "Cresemba",
    ),
    "ketoconazole": ("ketoconazole", "ケトコナゾール", "ニゾラール"),
    "miconazole": (
        "miconazole", "miconazole nitrate", "ミコナゾール", "ミコナゾール硝酸塩", "フロリード", "オラビ", "MCZ",
    ),
    "clotrimazole": ("clotrimazole", "クロトリマゾール", "エンペシド"),
    "clarithromycin": (
        "clarithromycin", "クラリスロマイシン", "クラリス", "クラリシッド", "ボノサップ", "ラベキュア", "CAM",
        "CLR", "Biaxin", "Klaricid",
    ),
    "erythromycin": ("erythromycin", "エリスロマイシン", "エリスロシン"),
    "josamycin": ("josamycin", "ジョサマイシン", "ジョサマイ", "JM"),
    "azithromycin": (
        "azithromycin", "アジスロマイシン", "アジスロマイシン水和物", "ジスロマック", "AZM", "Zithromax",
    ),
    "diltiazem": (
        "diltiazem", "diltiazem hydrochloride", "ジルチアゼム", "ジルチアゼム塩酸塩", "ヘルベッサー", "DTZ",
        "Cardizem", "Herbesser",
    ),
    "verapamil": ("verapamil", "verapamil hydrochloride", "ベラパミル", "ベラパミル塩酸塩", "ワソラン", "Isoptin"),
    "nicardipine": (
        "nicardipine", "nicardipine hydrochloride", "ニカルジピン", "ニカルジピン塩酸塩", "ペルジピン", "Perdipine",
    ),
    "amiodarone": (
        "amiodarone", "amiodarone hydrochloride", "アミオダロン", "アミオダロン塩酸塩", "アンカロン", "AMD",
        "Cordarone",
    ),
    "ritonavir": (
        "ritonavir", "lopinavir and ritonavir", "リトナビル", "ロピナビル・リトナビル", "ノービア", "カレトラ",
        "RTV", "Norvir",
    ),
    "nirmatrelvir_ritonavir": (
        "nirmatrelvir and ritonavir", "nirmatrelvir/ritonavir", "ニルマトレルビル", "ニルマトレルビル・リトナビル",
        "パキロビッド", "Paxlovid",
    ),
    "cobicistat": ("cobicistat", "コビシスタット", "ゲンボイヤ", "プレジコビックス", "シムツーザ", "COBI"),
    "letermovir": ("letermovir", "レテルモビル", "プレバイミス", "LMV", "Prevymis"),
    "rifampicin": ("rifampicin", "rifampin", "リファンピシン", "リファジン", "RFP", "RIF", "Rifadin"),
    "rifabutin": ("rifabutin", "リファブチン", "ミコブティン", "RBT"),
    "phenytoin": (
        "phenytoin", "phenytoin sodium", "フェニトイン", "フェニトインナトリウム", "アレビアチン", "ヒダントール",
        "PHT", "DPH", "Dilantin",
    ),
    "fosphenytoin": ("fosphenytoin", "ホスフェニトイン", "ホスフェニトインナトリウム水和物", "ホストイン", "fPHT"),
    "carbamazepine": ("carbamazepine", "カルバマゼピン", "テグレトール", "CBZ", "Tegretol"),
    "phenobarbital": (
        "phenobarbital", "phenobarbital sodium", "phenobarbitone", "フェノバルビタール",
        "フェノバルビタールナトリウム", "フェノバール", "ワコビタール", "ノーベルバール", "PB",
    ),
    "st_johns_wort": (
        "hyperici herba", "St John's wort", "Hypericum perforatum", "セイヨウオトギリソウ",
        "セント・ジョーンズ・ワート", "オトギリソウエキス", "SJW",
    ),
    "bosentan": ("bosentan", "bosentan hydrate", "ボセンタン", "ボセンタン水和物", "トラクリア", "Tracleer"),
    "baricitinib": ("baricitinib", "バリシチニブ", "オルミエント", "BARI", "Olumiant"),
    "basiliximab": ("basiliximab", "バシリキシマブ", "バシリキシマブ(遺伝子組換え)", "シムレクト", "BXM", "Simulect"),
    "methotrexate": (
        "methotrexate", "amethopterin", "メトトレキサート", "リウマトレックス", "メソトレキセート", "メトジェクト",
        "MTX", "メソトレキサート", "Rheumatrex", "Trexall",
    ),
    "hydroxychloroquine": (
        "hydroxychloroquine", "hydroxychloroquine sulfate", "ヒドロキシクロロキン", "ヒドロキシクロロキン硫酸塩",
        "プラケニル", "HCQ", "Plaquenil",
    ),
    "micafungin": (
        "micafungin", "micafungin sodium", "ミカファンギン", "ミカファンギンナトリウム", "ファンガード", "MCFG",
        "Mycamine", "Funguard",
    ),
    "caspofungin": (
        "caspofungin", "caspofungin acetate", "カスポファンギン", "カスポファンギン酢酸塩", "カンサイダス", "CPFG",
        "Cancidas",
    ),
    "ganciclovir": ("ganciclovir", "ガンシクロビル", "デノシン", "GCV", "Cytovene", "Cymevene"),
    "valganciclovir": (
        "valganciclovir", "valganciclovir hydrochloride", "バルガンシクロビル", "バルガンシクロビル塩酸塩",
        "バリキサ", "VGCV", "VGC", "Valcyte",
    ),
    "pirfenidone": ("pirfenidone", "ピルフェニドン", "ピレスパ", "PFD", "Esbriet"),
    "ensitrelvir": ("ensitrelvir fumaric acid", "エンシトレルビル", "エンシトレルビルフマル酸", "ゾコーバ", "Xocova"),
    "metoclopramide": ("メトクロプラミド", "プリンペラン"),
    "danazol": ("ダナゾール", "ボンゾール"),
    "grapefruit": ("grapefruit juice", "グレープフルーツ", "グレープフルーツジュース"),
    "omeprazole": ("オメプラゾール", "オメプラール", "オメプラゾン", "Prilosec"),
    "primidone": ("プリミドン",),
    "enzalutamide": ("エンザルタミド", "イクスタンジ"),
    "pitavastatin": ("ピタバスタチン", "リバロ"),
    "rosuvastatin": ("ロスバスタチン", "クレストール", "Crestor"),
    "atorvastatin": ("アトルバスタチン", "リピトール", "Lipitor"),
    "simvastatin": ("シンバスタチン", "リポバス", "Zocor"),
    "pravastatin": ("プラバスタチン", "メバロチン"),
    "fluvastatin": ("フルバスタチン", "ローコール"),
    "lovastatin": ("ロバスタチン",),
    "aliskiren": ("アリスキレン", "ラジレス"),
    "grazoprevir": ("グラゾプレビル", "グラジナ"),
    "pemafibrate": ("ペマフィブラート", "パルモディア"),
    "spironolactone": ("スピロノラクトン", "アルダクトンA", "アルダクトン", "Aldactone"),
    "canrenoate": ("potassium canrenoate", "カンレノ酸カリウム", "カンレノ酸", "ソルダクトン"),
    "triamterene": ("トリアムテレン", "トリテレン"),
    "eplerenone": ("エプレレノン", "セララ", "Inspra"),
    "esaxerenone": ("エサキセレノン", "ミネブロ"),
    "finerenone": ("フィネレノン", "ケレンディア"),
    "potassium_supplement": (
        "potassium chloride", "potassium supplement", "塩化カリウム", "カリウム製剤", "スローケー",
    ),
    "heparin": ("ヘパリン", "heparin sodium", "ヘパリンナトリウム"),
    "nafamostat": ("ナファモスタット", "フサン"),
    "ace_inhibitor": ("ACE inhibitors", "ACEI", "ACE阻害薬"),
    "arb": ("angiotensin receptor blocker", "angiotensin II receptor blocker", "アンジオテンシンII受容体拮抗薬"),
    "nsaid": ("NSAIDs", "非ステロイド性抗炎症薬", "非ステロイド抗炎症薬"),
    "aminoglycoside": ("aminoglycosides", "アミノグリコシド", "アミノグリコシド系抗菌薬"),
    "fibrate": ("fibrates", "フィブラート"),
    "amphotericin_b": (
        "amphotericin B", "liposomal amphotericin B", "アムホテリシンB", "アムビゾーム", "ファンギゾン", "L-AMB",
        "AMPH-B", "AmBisome", "Fungizone",
    ),
    "vancomycin": ("バンコマイシン", "VCM"),
    "foscarnet": ("ホスカルネット", "ホスカビル", "Foscavir"),
    "ciprofloxacin": ("シプロフロキサシン", "シプロキサン", "CPFX"),
    "linezolid": ("リネゾリド", "ザイボックス", "LZD"),
    "daptomycin": ("ダプトマイシン", "キュビシン", "DAP"),
    "colchicine": ("コルヒチン",),
    "allopurinol": ("アロプリノール", "ザイロリック", "Zyloric", "Zyloprim"),
    "febuxostat": ("フェブキソスタット", "フェブリク", "Uloric", "Feburic"),
    "contrast_medium": ("contrast", "contrast medium", "iodinated contrast", "造影剤", "ヨード造影剤"),
    "live_vaccine": ("live vaccine", "生ワクチン", "弱毒生ワクチン"),
}

# members of the drugs that the catalogue has as a class: kept under the class, with their own name
MEMBERS: dict[str, tuple[str, ...]] = {
    "ace_inhibitor": (
        "enalapril", "lisinopril", "imidapril", "perindopril", "captopril", "temocapril", "エナラプリル", "レニベース",
        "リシノプリル", "イミダプリル", "タナトリル", "ペリンドプリル", "カプトプリル", "テモカプリル",
    ),
    "arb": (
        "losartan", "candesartan", "valsartan", "telmisartan", "olmesartan", "azilsartan", "irbesartan", "ロサルタン",
        "カンデサルタン", "バルサルタン", "テルミサルタン", "オルメサルタン", "アジルサルタン", "イルベサルタン",
        "ニューロタン", "ブロプレス", "ディオバン", "ミカルディス", "オルメテック", "アジルバ",
    ),
    "nsaid": (
        "loxoprofen", "celecoxib", "diclofenac", "ibuprofen", "indomethacin", "indometacin", "naproxen", "meloxicam",
        "ロキソプロフェン", "ロキソニン", "セレコキシブ", "セレコックス", "ジクロフェナク", "ボルタレン",
        "イブプロフェン", "インドメタシン", "ナプロキセン", "メロキシカム",
    ),
    "aminoglycoside": (
        "gentamicin", "amikacin", "tobramycin", "streptomycin", "arbekacin", "kanamycin", "ゲンタマイシン",
        "アミカシン", "トブラマイシン", "ストレプトマイシン", "アルベカシン", "カナマイシン",
    ),
    "fibrate": ("bezafibrate", "fenofibrate", "ベザフィブラート", "ベザトール", "フェノフィブラート", "リピディル"),
    "contrast_medium": ("iohexol", "iopamidol", "iodixanol", "イオヘキソール", "イオパミドール", "オムニパーク"),
}

# other glucocorticoids than prednisolone: never taken 1:1, specification 13 (69)
GLUCOCORTICOIDS: dict[str, tuple[str, ...]] = {
    "methylprednisolone": (
        "methylprednisolone", "mPSL", "m-PSL", "メチルプレドニゾロン", "ソル・メドロール", "ソルメドロール",
        "メドロール", "solu-medrol", "medrol",
    ),
    "hydrocortisone": (
        "hydrocortisone", "cortisol", "ヒドロコルチゾン", "コートリル", "ソル・コーテフ", "水溶性ハイドロコートン",
        "cortef", "solu-cortef",
    ),
    "dexamethasone": ("dexamethasone", "DEX", "デキサメタゾン", "デカドロン", "デキサート", "decadron", "レナデックス"),
    "betamethasone": ("betamethasone", "ベタメタゾン", "リンデロン", "rinderon"),
}
# fmt: on
