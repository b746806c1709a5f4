"""A page of three lines in each page layout format: a running head, and two lines of a paragraph."""

from __future__ import annotations

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><sourceImageInformation><fileName>p1.png</fileName>
</sourceImageInformation></Description><Tags><StructureTag ID="t1" LABEL="header"/></Tags>
<Layout><Page ID="p" WIDTH="400" HEIGHT="600"><PrintSpace>
<TextBlock ID="b1" TAGREFS="t1" HPOS="100" VPOS="20" WIDTH="100" HEIGHT="20"><TextLine HPOS="100" VPOS="20" WIDTH="100" HEIGHT="20">
<String CONTENT="河上旧闻" HPOS="100" VPOS="20" WIDTH="80" HEIGHT="20" WC="0.9"/></TextLine></TextBlock>
<TextBlock ID="b2" HPOS="20" VPOS="80" WIDTH="360" HEIGHT="60">
<TextLine HPOS="60" VPOS="80" WIDTH="320" HEIGHT="20"><String CONTENT="水自" HPOS="60" VPOS="80" WIDTH="40" HEIGHT="20" WC="0.5">
<Glyph CONTENT="水" HPOS="60" VPOS="80" WIDTH="20" HEIGHT="20" GC="0.8"><Variant CONTENT="木" VC="0.1"/></Glyph>
<Glyph CONTENT="自" HPOS="80" VPOS="80" WIDTH="20" HEIGHT="20" GC="0.7"/></String>
<SP HPOS="100" VPOS="80" WIDTH="2"/><String CONTENT="山中来" HPOS="102" VPOS="80" WIDTH="60" HEIGHT="20"/></TextLine>
<TextLine HPOS="20" VPOS="110" WIDTH="120" HEIGHT="20"><String CONTENT="过城而东。" HPOS="20" VPOS="110" WIDTH="100" HEIGHT="20"/></TextLine>
</TextBlock></PrintSpace></Page></Layout></alto>"""

PAGE_XML = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageFilename="p1.png" imageWidth="400" imageHeight="600">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="r1"/><RegionRefIndexed index="1" regionRef="r2"/>
</OrderedGroup></ReadingOrder>
<TextRegion id="r2" type="paragraph"><Coords points="20,80 380,80 380,140 20,140"/>
<TextLine id="l2"><Coords points="60,80 160,80 160,100 60,100"/>
<Word id="w"><Coords points="60,80 160,80 160,100 60,100"/><Glyph id="g1"><Coords points="60,80 80,80 80,100 60,100"/>
<TextEquiv index="1" conf="0.1"><Unicode>木</Unicode></TextEquiv><TextEquiv index="0" conf="0.8"><Unicode>水</Unicode></TextEquiv></Glyph>
<TextEquiv><Unicode>水自山中来</Unicode></TextEquiv></Word><TextEquiv conf="0.9"><Unicode>水自山中来</Unicode></TextEquiv></TextLine>
<TextLine id="l3"><Coords points="20,110 120,110 120,130 20,130"/><TextEquiv><Unicode>过城而东。</Unicode></TextEquiv></TextLine>
</TextRegion>
<TextRegion id="r1" type="header"><Coords points="100,20 200,20 200,40 100,40"/>
<TextLine id="l1"><Coords points="100,20 180,20 180,40 100,40"/><TextEquiv><Unicode>河上旧闻</Unicode></TextEquiv></TextLine></TextRegion>
</Page></PcGts>"""

HOCR = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head><meta name="ocr-system" content="x"/></head><body>
<div class="ocr_page" title='image "p1.png"; bbox 0 0 400 600; ppageno 0'>
<span class="ocr_header" title="bbox 100 20 200 40"><span class="ocrx_word" title="bbox 100 20 180 40; x_wconf 90">河上旧闻</span></span>
<div class="ocr_carea" title="bbox 20 80 380 140"><p class="ocr_par">
<span class="ocr_line" title="bbox 60 80 160 100"><span class="ocrx_word" title="bbox 60 80 100 100; x_wconf 90">水自</span>
<span class="ocrx_word" title="bbox 102 80 160 100; x_wconf 80">山中来</span></span>
<span class="ocr_line" title="bbox 20 110 120 130"><span class="ocrx_word" title="bbox 20 110 120 130">过城而东。</span></span>
</p></div></div></body></html>"""

ABBYY = """<?xml version="1.0" encoding="UTF-8"?>
<document xmlns="http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml"><page width="400" height="600">
<block blockType="Text" l="100" t="20" r="200" b="40"><text><par><line l="100" t="20" r="180" b="40">""" + (
    "".join(
        f'<charParams l="{100 + 20 * n}" t="20" r="{120 + 20 * n}" b="40" charConfidence="90">{c}</charParams>'
        for n, c in enumerate("河上旧闻")
    )
    + """</line></par></text></block><block blockType="Text" l="20" t="80" r="380" b="140"><text><par>
<line l="60" t="80" r="160" b="100">"""
    + "".join(
        f'<charParams l="{60 + 20 * n}" t="80" r="{80 + 20 * n}" b="100">{c}</charParams>'
        for n, c in enumerate("水自山中来")
    )
    + '</line><line l="20" t="110" r="120" b="130"><formatting lang="x">过城而东。</formatting></line></par></text></block>'
    + "</page></document>"
)

FILES = {"alto": ALTO, "page-xml": PAGE_XML, "hocr": HOCR, "abbyy": ABBYY}
"""By the kind of format."""
