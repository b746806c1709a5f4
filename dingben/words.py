"""Words that the templates add to a book, in the book's own language.

Labels of the imprint follow GB/T 12450—2001 and GB/T 12451—2001.
"""

from __future__ import annotations

from typing import Final

HANS: Final = {
    "contents": "目录",
    "contents_heading": "目 录",
    "notes": "注释",
    "cover": "封面",
    "halftitlepage": "书名页前页",
    "titlepage": "书名页",
    "imprint": "版权页",
    "colophon": "本版说明",
    "cip": "图书在版编目（CIP）数据",
    "cip_number": "中国版本图书馆CIP数据核字",
    "back_to_text": "回到正文",
    "page": "页",
    "body": "正文",
    "page_list": "原书页码",
    "about": "关于本书",
    "download": "下载",
    "read": "阅读",
    "previous": "上一章",
    "next": "下一章",
    "skip": "跳到正文",
    "colophon_restored": "本版据原书的扫描文本整理。",
    "colophon_made": "{tool}排版，{pandoc}、{weasyprint}制作。",
    "colophon_rules": "整理时只改正排印与识别的痕迹，不改作者的文字；每一处改动都记在台账里。",
    "colophon_date": "制作日期",
    "pdf": "PDF，供打印与阅读",
    "epub": "EPUB，供电子书阅读器",
    "home": "书的首页",
    "access_text": "全书是文字，可以放大、换色、朗读，按目录逐节查找。",
    "access_described": "图都有替代文字。",
    "access_undescribed": "有的图没有替代文字。",
    "access_pages": "标有原书页码。",
}
IMPRINT_LABELS: Final = {
    "responsible_editor": "责任编辑",
    "printing_supervisor": "责任印制",
    "cover_design": "封面设计",
    "distribution": "出版发行",
    "printer": "印刷者",
    "distributor": "经销者",
    "trim": "开本",
    "sheets": "印张",
    "word_count": "字数",
    "edition": "版次",
    "printing": "印次",
    "price": "定价",
    "ad_licence": "广告经营许可证",
    "address": "社址",
    "postcode": "邮编",
    "url": "网址",
    "phone_exchange": "联系调换",
    "phone_piracy": "举报电话",
    "phone_copyright_bureau": "国家版权局举报中心",
    "phone_service": "服务热线",
}
HANT: Final = {
    "contents": "目錄",
    "contents_heading": "目 錄",
    "notes": "註釋",
    "cover": "封面",
    "halftitlepage": "書名頁前頁",
    "titlepage": "書名頁",
    "imprint": "版權頁",
    "colophon": "本版說明",
    "cip": "圖書在版編目（CIP）數據",
    "cip_number": "中國版本圖書館CIP數據核字",
    "back_to_text": "回到正文",
    "page": "頁",
    "body": "正文",
    "page_list": "原書頁碼",
    "about": "關於本書",
    "download": "下載",
    "read": "閱讀",
    "previous": "上一章",
    "next": "下一章",
    "skip": "跳到正文",
    "colophon_restored": "本版據原書的掃描文本整理。",
    "colophon_made": "{tool}排版，{pandoc}、{weasyprint}製作。",
    "colophon_rules": "整理時只改正排印與識別的痕跡，不改作者的文字；每一處改動都記在臺賬裏。",
    "colophon_date": "製作日期",
    "pdf": "PDF，供打印與閱讀",
    "epub": "EPUB，供電子書閱讀器",
    "home": "書的首頁",
    "access_text": "全書是文字，可以放大、換色、朗讀，按目錄逐節查找。",
    "access_described": "圖都有替代文字。",
    "access_undescribed": "有的圖沒有替代文字。",
    "access_pages": "標有原書頁碼。",
}
IMPRINT_LABELS_HANT: Final = {
    "responsible_editor": "責任編輯",
    "printing_supervisor": "責任印製",
    "cover_design": "封面設計",
    "distribution": "出版發行",
    "printer": "印刷者",
    "distributor": "經銷者",
    "trim": "開本",
    "sheets": "印張",
    "word_count": "字數",
    "edition": "版次",
    "printing": "印次",
    "price": "定價",
    "ad_licence": "廣告經營許可證",
    "address": "社址",
    "postcode": "郵編",
    "url": "網址",
    "phone_exchange": "聯繫調換",
    "phone_piracy": "舉報電話",
    "phone_copyright_bureau": "國家版權局舉報中心",
    "phone_service": "服務熱線",
}
ENGLISH: Final = {
    "contents": "Contents",
    "contents_heading": "Contents",
    "notes": "Notes",
    "cover": "Cover",
    "halftitlepage": "Half-title",
    "titlepage": "Title page",
    "imprint": "Imprint",
    "colophon": "Colophon",
    "cip": "Cataloguing in publication",
    "cip_number": "CIP number",
    "back_to_text": "Back to the text",
    "page": "page",
    "body": "Text",
    "page_list": "Pages of the printed book",
    "about": "About this book",
    "download": "Download",
    "read": "Read",
    "previous": "Previous",
    "next": "Next",
    "skip": "Skip to the text",
    "colophon_restored": "This edition was made from a scan of the printed book.",
    "colophon_made": "Set by {tool}; made with {pandoc} and {weasyprint}.",
    "colophon_rules": "Only what the press or the scan did was mended, never the author’s words; "
    "every change stands in the ledger.",
    "colophon_date": "Made on",
    "pdf": "PDF, to print and to read",
    "epub": "EPUB, for e-readers",
    "home": "Front page",
    "access_text": "The text can be enlarged, recoloured and read aloud, and found by its contents. ",
    "access_described": "All pictures are described. ",
    "access_undescribed": "Some pictures are not described. ",
    "access_pages": "The pages of the printed book are marked.",
}
IMPRINT_LABELS_ENGLISH: Final = {
    "responsible_editor": "Editor",
    "printing_supervisor": "Production",
    "cover_design": "Cover design",
    "distribution": "Published by",
    "printer": "Printed by",
    "distributor": "Distributed by",
    "trim": "Format",
    "sheets": "Sheets",
    "word_count": "Length",
    "edition": "Edition",
    "printing": "Printing",
    "price": "Price",
    "ad_licence": "Advertising licence",
    "address": "Address",
    "postcode": "Postcode",
    "url": "Web",
    "phone_exchange": "Exchange",
    "phone_piracy": "Report piracy",
    "phone_copyright_bureau": "Copyright bureau",
    "phone_service": "Service",
}


def words(language: str) -> dict[str, str]:
    """The words for a BCP 47 language tag; Chinese without a script is taken as simplified."""
    return {"en": ENGLISH, "hant": HANT}.get(script_of(language), HANS)


def imprint_labels(language: str) -> dict[str, str]:
    """The printed labels of the imprint's fields, in their printed order."""
    return {"en": IMPRINT_LABELS_ENGLISH, "hant": IMPRINT_LABELS_HANT}.get(script_of(language), IMPRINT_LABELS)


def script_of(language: str) -> str:
    """``hans``, ``hant`` or ``en``: which of the three the book's words are in."""
    parts = language.lower().split("-")
    if parts[0] != "zh":
        return "en"
    return "hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "hans"
