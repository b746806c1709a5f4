"""How a book looks: templates, style sheets, page geometry.

In: a book and the files of its own and the packaged ``templates/`` and ``styles/``. Out: HTML and CSS. It does not know
which format asks, nor how pages are laid out.
"""
