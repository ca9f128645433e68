"""Old and new forms of the kanji of names: to find a person, and not to call one another person whose number is the
same. Never to say that two persons are one.

Each group begins with the standard form; the others are found with it. Sources: old forms of the Joyo table (Agency for
Cultural Affairs, as compiled in dahlia/shinjitai-table), `src/data/single_kanji/variant_rule.txt` of google/mozc (BSD),
the IBM extensions of CP932 (HirMtsd/IdeographicVariationJapanese), and Unicode and JIS knowledge. Only pairs of
characters were taken. Left out: forms that NFKC makes one by itself, and those that differ by a variation selector.
斎 and 斉 are different characters and families, 島, 嶋 and 嶌 different registered names: one group each, to be found.
"""

GROUPS = """
高髙 崎﨑嵜碕 斎斉齋齊 吉𠮷 辺邊邉 沢澤 浜濱濵 島嶋嶌 富冨 広廣 国國 桜櫻 滝瀧
竜龍 関關 条條 栄榮 蔵藏 豊豐 恵惠 真眞 徳德 瀬瀨 黒黑 塩鹽 円圓 黄黃 緑綠 鉄鐵鉃
横橫 郎郞 頼賴 荘莊 峰峯 館舘 野埜 村邨 松枩柗 柳栁桺 船舩 鶴靏靍鸖 芦蘆 梅楳
桧檜 桝枡 曽曾 渕淵渊 桑桒 児兒 増增 寛寬 巌巖 弥彌 与與 芸藝 宝寶寳 沖冲 涼凉
宮宫 内內 猪豬 郷鄕鄉 薮藪 篭籠 奥奧 亀龜 亘亙 槙槇 巻卷 衛衞 応應 静靜 顕顯
礼禮 遥遙 凛凜 尭堯 晋晉 瑶瑤 万萬 糸絲 穂穗 稲稻 麹麴 両兩 会會 来來 伝傳 剣劍劔釼
厳嚴 双雙 台臺 壱壹 寿壽 実實 将將 専專 学學 岳嶽 戸戶 数數 昇曻 晃晄 楽樂 権權
歩步 歳歲 気氣 浄淨 浅淺 温溫 澄澂 為爲 狭狹 猟獵 画畫 当當 秋秌龝 聡聰 誉譽
軽輕 釈釋 鎮鎭 雑雜 麦麥
"""
VARIANTS = {group[0]: group[1:] for group in GROUPS.split()}
